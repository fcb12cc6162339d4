//! Renders the plots of `domain::plot` as SVG, on a white background, with text elements instead of outlines.

use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::domain::plot::{HALF, LabelKind, MARK, MonthPlot, Plots, Point, Tick, YearPlot};

const WIDTH: i32 = 900;
/// The left and right edges of a plot; the margins hold the labels.
const LEFT: i32 = 84;
const RIGHT: i32 = 780;
/// Vertical positions within a pool's part: title, description, the two plots, and the part's height.
const TITLE: i32 = 34;
const WORDS: i32 = 56;
const MONTH: [i32; 2] = [76, 346];
const YEAR_TITLE: i32 = 398;
const YEAR: [i32; 2] = [414, 574];
const PART: i32 = 620;
/// The minimum vertical distance between labels.
const APART: i32 = 14;
/// The approximate width of a letter in a label, in any font.
const LETTER: f64 = 6.6;

const GROUND: RGBColor = RGBColor(255, 255, 255);
const TEXT: RGBColor = RGBColor(28, 33, 40);
const FAINT: RGBColor = RGBColor(92, 101, 113);
const GRID: RGBColor = RGBColor(226, 230, 236);
const USED: RGBColor = RGBColor(20, 104, 200);
const LIMIT: RGBColor = RGBColor(193, 40, 40);
const THRESHOLD: RGBColor = RGBColor(158, 98, 0);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// The plots below each other, as an SVG file.
///
/// # Errors
/// The library's; none are known for output to memory.
pub fn draw(pictures: &[Plots]) -> Result<String, Box<dyn std::error::Error>> {
    let height = PART * i32::try_from(pictures.len())?;
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (WIDTH.unsigned_abs(), height.unsigned_abs()));
        let area = area.into_drawing_area();
        area.fill(&GROUND)?;
        for (at, plots) in (0..).map(|n| n * PART).zip(pictures) {
            part(&area, at, plots)?;
        }
        area.present()?;
    }
    // For screen readers and browsers.
    let title: Vec<String> =
        pictures.iter().map(|p| format!("{}. {}. {}.", p.title, p.month.words, p.year.words)).collect();
    let title = crate::domain::text::escaped(&title.join(" "));
    Ok(text.replacen(">\n", &format!(" role=\"img\">\n<title>{title}</title>\n"), 1))
}

fn part(area: &Area<'_>, top: i32, plots: &Plots) -> Drawn {
    label(area, &plots.title, (LEFT, top + TITLE), 19, &TEXT, HPos::Left)?;
    label(area, &plots.month.words, (LEFT, top + WORDS), 13, &FAINT, HPos::Left)?;
    month(
        &Frame {
            area,
            rect: [LEFT, top + MONTH[0], RIGHT, top + MONTH[1]],
            top: plots.month.top,
            width: plots.month.days,
            from: 0.0,
        },
        &plots.month,
    )?;
    label(area, "The last 12 months", (LEFT, top + YEAR_TITLE), 15, &TEXT, HPos::Left)?;
    let places = plots.year.months.len() as f64;
    year(
        &Frame {
            area,
            rect: [LEFT, top + YEAR[0], RIGHT, top + YEAR[1]],
            top: plots.year.top,
            width: places,
            from: -0.5,
        },
        &plots.year,
    )
}

/// The position and scale of a plot.
struct Frame<'a, 'b> {
    area: &'a Area<'b>,
    /// Left, top, right, bottom.
    rect: [i32; 4],
    /// GB at the top edge.
    top: f64,
    /// The width in x units.
    width: f64,
    /// The x value at the left edge.
    from: f64,
}

impl Frame<'_, '_> {
    fn x(&self, x: f64) -> i32 {
        let [left, _, right, _] = self.rect;
        left + (f64::from(right - left) * ((x - self.from) / self.width).clamp(0.0, 1.0)).round() as i32
    }

    fn y(&self, y: f64) -> i32 {
        let [_, top, _, bottom] = self.rect;
        bottom - (f64::from(bottom - top) * (y / self.top).clamp(0.0, 1.0)).round() as i32
    }

    fn at(&self, point: &Point) -> (i32, i32) {
        (self.x(point.x), self.y(point.y))
    }

    fn path(&self, points: impl IntoIterator<Item = (i32, i32)>, style: ShapeStyle) -> Drawn {
        let mut points: Vec<(i32, i32)> = points.into_iter().collect();
        points.dedup();
        Ok(self.area.draw(&PathElement::new(points, style))?)
    }

    fn dashes(&self, from: (i32, i32), to: (i32, i32), style: ShapeStyle) -> Drawn {
        Ok(self.area.draw(&DashedPathElement::new([from, to], 5, 4, style))?)
    }

    fn area_of(&self, points: Vec<(i32, i32)>, style: ShapeStyle) -> Drawn {
        Ok(self.area.draw(&Polygon::new(points, style))?)
    }

    fn label(&self, text: &str, at: (i32, i32), color: &RGBColor, side: HPos) -> Drawn {
        label(self.area, text, at, 12, color, side)
    }

    /// Grid lines, with their labels if there is data.
    fn grid(&self, rows: &[Tick], columns: &[Tick], measured: bool) -> Drawn {
        let [left, _, right, bottom] = self.rect;
        for row in rows.iter().filter(|_| measured) {
            let y = self.y(row.at);
            self.path([(left, y), (right, y)], GRID.stroke_width(1))?;
            self.label(&row.label, (left - 8, y), &FAINT, HPos::Right)?;
        }
        for column in columns {
            self.label(&column.label, (self.x(column.at), bottom + 14), &FAINT, HPos::Center)?;
        }
        self.path([(left, bottom), (right, bottom)], FAINT.stroke_width(1))
    }

    fn note(&self, note: Option<&str>) -> Drawn {
        let [left, top, right, bottom] = self.rect;
        let Some(note) = note else { return Ok(()) };
        label(self.area, note, ((left + right) / 2, (top + bottom) / 2), 15, &FAINT, HPos::Center)
    }
}

fn month(frame: &Frame<'_, '_>, plot: &MonthPlot) -> Drawn {
    let [_, top, right, bottom] = frame.rect;
    frame.grid(&plot.rows, &plot.columns, !plot.line.is_empty())?;
    for column in &plot.columns {
        let x = frame.x(column.at);
        frame.path([(x, bottom), (x, bottom + 4)], FAINT.stroke_width(1))?;
    }
    if let Some(forecast_band) = &plot.forecast_band {
        let end = |y: f64| (right, frame.y(y));
        let band = forecast_band.band(plot.top);
        frame.area_of(band.iter().map(|corner| frame.at(corner)).collect(), USED.mix(0.12).filled())?;
        frame.dashes(frame.at(&forecast_band.from), end(forecast_band.to.y), USED.stroke_width(2))?;
    }
    frame.path(plot.quota.iter().map(|point| frame.at(point)), LIMIT.stroke_width(2))?;
    for threshold in &plot.thresholds {
        let y = frame.y(threshold.at);
        frame.dashes((frame.rect[0], y), (right, y), THRESHOLD.stroke_width(1))?;
    }
    for label in plot.labels(f64::from(APART) * plot.top / f64::from(bottom - top)) {
        let color = match label.of {
            LabelKind::Quota => LIMIT,
            LabelKind::Forecast => USED,
            LabelKind::Threshold => THRESHOLD,
        };
        frame.label(&label.text, (right + 8, frame.y(label.at)), &color, HPos::Left)?;
    }
    if let Some([from, to]) = &plot.before_first_sample {
        frame.dashes(frame.at(from), frame.at(to), FAINT.mix(0.6).stroke_width(1))?;
    }
    if let (Some(first), Some(last)) = (plot.line.first(), plot.line.last()) {
        let mut under: Vec<(i32, i32)> = plot.line.iter().map(|point| frame.at(point)).collect();
        under.extend([(frame.x(last.x), bottom), (frame.x(first.x), bottom)]);
        under.dedup();
        frame.area_of(under, USED.mix(0.10).filled())?;
        frame.path(plot.line.iter().map(|point| frame.at(point)), USED.stroke_width(2))?;
        frame.area.draw(&Circle::new(frame.at(last), 5, USED.filled()))?;
    }
    if let (Some(day), Some(quota)) = (&plot.runs_out, plot.quota.last()) {
        let (x, y) = (frame.x(day.at), frame.y(quota.y));
        frame.dashes((x, y), (x, bottom), LIMIT.stroke_width(1))?;
        frame.area.draw(&Circle::new((x, y), 4, LIMIT.filled()))?;
        // Place the label where the line has not been yet.
        let (beside, side) = if x > frame.rect[0] + 120 {
            ((x - 6, (y - 12).max(top + 4)), HPos::Right)
        } else {
            ((x + 8, y + 14), HPos::Left)
        };
        // There is no room below a line far below the pace.
        if matches!(side, HPos::Right) || bottom - y > 28 {
            frame.label(&day.label, beside, &LIMIT, side)?;
        }
    }
    frame.note(plot.note)
}

fn year(frame: &Frame<'_, '_>, plot: &YearPlot) -> Drawn {
    let [left, _, right, _] = frame.rect;
    frame.grid(&plot.rows, &plot.months, !plot.bars.is_empty())?;
    for bar in &plot.bars {
        let (left, right) = (frame.x(bar.at - HALF), frame.x(bar.at + HALF));
        let piece = |low: f64, high: f64, style: ShapeStyle| -> Drawn {
            Ok(frame.area.draw(&Rectangle::new([(left, frame.y(high)), (right, frame.y(low))], style))?)
        };
        // Lighter colors mark an unfinished month.
        let (within, over) =
            if bar.goes_on { (USED.mix(0.45), LIMIT.mix(0.55)) } else { (USED.mix(0.85), LIMIT.mix(1.0)) };
        piece(0.0, bar.within, within.filled())?;
        if bar.over > 0.0 {
            piece(bar.within, bar.within + bar.over, over.filled())?;
        }
        if bar.quota > 0.0 {
            let y = frame.y(bar.quota);
            let (left, right) = (frame.x(bar.at - MARK), frame.x(bar.at + MARK));
            frame.path([(left, y), (right, y)], TEXT.stroke_width(2))?;
        }
    }
    let place = f64::from(right - left) / frame.width;
    let width = |text: &str| text.chars().count() as f64 * LETTER / place;
    for (middle, bar, text) in plot.labels(width, [frame.from, frame.from + frame.width]) {
        let at = (frame.x(middle), frame.y(bar.within + bar.over) - 10);
        frame.label(text, at, &LIMIT, HPos::Center)?;
    }
    if let Some(bar) = plot.bars.last().filter(|bar| bar.quota > 0.0) {
        frame.label("quota", (frame.rect[2] + 8, frame.y(bar.quota)), &TEXT, HPos::Left)?;
    }
    frame.note(plot.note)
}

fn label(area: &Area<'_>, text: &str, at: (i32, i32), size: i32, color: &RGBColor, side: HPos) -> Drawn {
    let style = ("sans-serif", size).into_font().color(color).pos(Pos::new(side, VPos::Center));
    Ok(area.draw(&Text::new(text.to_owned(), at, style))?)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::domain::forecast::{Forecast, Series};
    use crate::domain::month::Month;
    use crate::domain::plot::{PlotContext, PoolHistory};
    use crate::domain::price::Prices;
    use crate::domain::sample::Sample;
    use crate::domain::usage::{Pool, PoolId};

    /// A month with `a_day` GB per day, until a day in November 2026.
    fn plots(title: &str, days: i64, a_day: u64) -> Plots {
        let begin: Timestamp = "2026-11-01T04:00:00Z".parse().unwrap();
        let month: Vec<Sample> = (1..=days)
            .map(|day| Sample {
                at: begin + SignedDuration::from_hours(day * 24),
                pool: Pool::from_gb(day as u64 * a_day, 1000, 0),
            })
            .collect();
        let now = month.last().map_or(begin + SignedDuration::from_hours(9), |sample| sample.at);
        let mut series = Series::new(Month::containing(now));
        month.iter().for_each(|sample| series.push(sample.at, sample.pool.used));
        let forecast = month.last().and_then(|last| {
            Forecast::compute(&PoolId::Global, &last.pool, last.at, Some(&series), &Prices::default())
        });
        let over =
            Sample { at: "2026-08-31T12:00:00Z".parse().unwrap(), pool: Pool::from_gb(4620, 4368, 252) };
        let before = vec![("2026-08".parse().unwrap(), over)];
        let history = PoolHistory { month, before };
        let zone = TimeZone::UTC;
        let around =
            PlotContext { thresholds: &[80, 90, 100], forecast: forecast.as_ref(), now, zone: &zone };
        Plots::new(title.to_owned(), &history, around)
    }

    #[test]
    fn plots_have_a_text_description() {
        let text = draw(&[plots("Acme & Söhne <b>", 20, 45)]).unwrap();
        assert!(text.starts_with("<svg width=\"900\" height=\"620\" viewBox=\"0 0 900 620\""), "{text}");
        assert!(
            text.contains(
                "<title>Acme &amp; Söhne &lt;b&gt;. November 2026, by 21 Nov: 900 of 1,000 GB, 90%"
            )
        );
        assert!(text.trim_end().ends_with("</svg>"));
        for said in [
            "Acme &amp; Söhne &lt;b&gt;",
            "1,000 GB quota",
            "80%",
            "≈ 1,3",
            "runs out about 2",
            "22 Nov",
            "The last 12 months",
            "+252 GB",
            "Aug",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(text.contains("<polyline") && text.contains("<polygon") && text.contains("<circle"));
    }

    #[test]
    fn band_above_the_plot_is_clipped() {
        let plots = plots("Acme", 2, 35);
        let forecast_band = plots.month.forecast_band.unwrap();
        assert!(forecast_band.high > plots.month.top, "{forecast_band:?}");
        let text = draw(&[plots]).unwrap();
        let band = text.split("<polygon").nth(1).unwrap().split("points=\"").nth(1).unwrap();
        let band: Vec<[i32; 2]> = band
            .split('"')
            .next()
            .unwrap()
            .split_whitespace()
            .map(|corner| {
                let (x, y) = corner.split_once(',').unwrap();
                [x.parse().unwrap(), y.parse().unwrap()]
            })
            .collect();
        let [_, cut, end, low] = band[..] else { panic!("{band:?}") };
        assert_eq!((cut[1], end), (MONTH[0], [RIGHT, MONTH[0]]), "{band:?}");
        assert!(cut[0] < RIGHT - 20 && low[0] == RIGHT && low[1] > MONTH[0], "{band:?}");
    }

    #[test]
    fn empty_month_has_a_note_and_no_figures() {
        let text = draw(&[plots("Acme", 0, 0)]).unwrap();
        assert!(text.contains("No samples yet this month") && !text.contains("quota\n</text>\n<circle"));
        assert!(!text.contains("<circle"));
    }

    #[test]
    fn pools_are_stacked_vertically() {
        let text = draw(&[plots("One", 3, 10), plots("Two", 25, 90)]).unwrap();
        assert!(text.contains("height=\"1240\""));
        assert!(text.contains("ran out"), "{text}");
    }
}
