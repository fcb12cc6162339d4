//! Exports samples for the `history` command and the window.

use std::io;

use serde::Serialize;

use crate::domain::config::AccountId;
use crate::domain::sample::Sample;
use crate::domain::usage::{GB, Pool, PoolId};

/// A row of the export. The field names are the column names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExportRow {
    /// The account's id.
    pub account: String,
    /// The account's name; its id if it is no longer configured.
    pub name: String,
    /// `global`, `region:ID` or `linode:NUMBER`.
    pub pool: String,
    /// When the API answered: RFC 3339, UTC.
    pub at: String,
    /// Usage since the start of the month, in GB (10^9 bytes).
    pub used_gb: f64,
    /// The quota of the month, in GB.
    pub quota_gb: f64,
    /// Billable overage, in GB.
    pub billable_gb: f64,
    /// Percent of the quota, with two decimals; none for a quota of 0.
    pub percent: Option<f64>,
}

impl ExportRow {
    /// The row for a sample of `pool` of `account`, whose name is `name`.
    pub fn new(account: &AccountId, name: &str, pool: &PoolId, sample: &Sample) -> ExportRow {
        let gb = |bytes: u64| bytes as f64 / GB as f64;
        let Pool { used, quota, billable, .. } = sample.pool;
        ExportRow {
            account: account.to_string(),
            name: name.to_owned(),
            pool: pool.to_string(),
            at: sample.at.to_string(),
            used_gb: gb(used),
            quota_gb: gb(quota),
            billable_gb: gb(billable),
            percent: sample.pool.percent().map(|percent| percent.rounded()),
        }
    }
}

/// `records` as CSV (RFC 4180): a header, CRLF line ends, quotes where needed.
///
/// # Errors
/// Those of the writer; writing to memory has no known ones.
pub fn csv(records: &[ExportRow]) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Explicitly, so that an export without samples has the header too.
    writer.write_record([
        "account",
        "name",
        "pool",
        "at",
        "used_gb",
        "quota_gb",
        "billable_gb",
        "percent",
    ])?;
    for record in records {
        writer.serialize(record)?;
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_escapes_commas_quotes_and_keeps_unicode() {
        let sample =
            Sample { at: "2026-11-22T05:10:00Z".parse().unwrap(), pool: Pool::from_gb(4620, 4368, 252) };
        let empty = Sample { pool: Pool { used: 530_999_999, ..Pool::default() }, ..sample };
        let acme = "acme".parse().unwrap();
        let records = [
            ExportRow::new(&acme, "Acme, \"Süd\"", &PoolId::Global, &sample),
            ExportRow::new(&acme, "Acme", &PoolId::Linode(7), &empty),
        ];
        let text = String::from_utf8(csv(&records).unwrap()).unwrap();
        assert_eq!(
            text,
            "account,name,pool,at,used_gb,quota_gb,billable_gb,percent\r\n\
             acme,\"Acme, \"\"Süd\"\"\",global,2026-11-22T05:10:00Z,4620.0,4368.0,252.0,105.77\r\n\
             acme,Acme,linode:7,2026-11-22T05:10:00Z,0.530999999,0.0,0.0,\r\n"
        );
        let mut read = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let rows: Vec<csv::StringRecord> = read.records().map(Result::unwrap).collect();
        assert_eq!(&rows[0][1], "Acme, \"Süd\"");
    }

    #[test]
    fn csv_without_samples_has_the_header() {
        assert!(csv(&[]).unwrap().ends_with(b",percent\r\n"));
    }
}
