//! Invalid inputs, made from valid ones.

/// The random generator SplitMix64 by Steele et al.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % limit.max(1) as u64) as usize
    }

    /// A length below a random power of two, so that short lengths are as likely as long ones.
    fn length(&mut self, most: usize) -> usize {
        let limit = 1 << self.below(most);
        self.below(limit)
    }

    pub fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// Text that parsers often get wrong.
const WORDS: [&[u8]; 44] = [
    b"0",
    b"-1",
    b"-0",
    b"1e400",
    b"NaN",
    b"Infinity",
    b"9223372036854775807",
    b"9223372036854775808",
    b"18446744073709551615",
    b"18446744073709551616",
    b"340282366920938463463374607431768211456",
    b"0.1",
    b"1.5",
    b"null",
    b"true",
    b"\"\"",
    b"[]",
    b"{}",
    b"[[",
    b"]]",
    b"{{",
    b"\"",
    b"'",
    b"'''",
    b"\"\"\"",
    b"\\u0000",
    b"\\ud800",
    b"\0",
    b"\r\n",
    b"\n",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xe2\x80\xae",
    b"%s%n",
    b"../../",
    b"-9999-12-31T23:59:59Z",
    b"9999-12-31T23:59:59.999999999Z",
    b"2999-01-01T00:00:00",
    b"#",
    b"=",
    b"Content-Length: 99999999999\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"HTTP/1.1 299 \r\n",
];

/// One of `good`, changed in one to eight places.
pub fn input(chance: &mut Chance, good: &[Vec<u8>], longest: usize) -> Vec<u8> {
    let mut bytes = chance.of(good).clone();
    for _ in 0..1 << chance.below(4) {
        change(chance, &mut bytes, good);
    }
    bytes.truncate(longest);
    bytes
}

fn change(chance: &mut Chance, bytes: &mut Vec<u8>, good: &[Vec<u8>]) {
    let at = chance.below(bytes.len() + 1);
    let length = chance.length(9);
    let end = (at + 1 + length).min(bytes.len());
    match chance.below(11) {
        0 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
        1 if at < bytes.len() => bytes[at] = chance.below(256) as u8,
        2 => drop(bytes.drain(at..end.max(at))),
        3 => {
            let again = bytes[at..end.max(at)].repeat(1 + chance.length(8));
            bytes.splice(at..at, again);
        }
        4 | 5 => drop(bytes.splice(at..at, chance.of(&WORDS).iter().copied())),
        // Replaces a number, or what looks like one.
        6 | 7 => {
            let digit = u8::is_ascii_digit;
            if let Some(begin) = bytes.iter().skip(at).position(digit).map(|found| at + found) {
                let length = bytes[begin..].iter().take_while(|byte| digit(byte)).count();
                bytes.splice(begin..begin + length, chance.of(&WORDS).iter().copied());
            }
        }
        8 => {
            let other = chance.of(good);
            let from = chance.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        9 => bytes.truncate(at),
        // Nested deep enough to overflow the stack of a recursive parser.
        _ => {
            let deep = [b"[".as_slice(), b"{\"a\":", b"(", b"a.", b"a = { "][chance.below(5)];
            bytes.splice(at..at, deep.repeat(1 << chance.below(15)));
        }
    }
}
