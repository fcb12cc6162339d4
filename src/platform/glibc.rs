//! Functions that the program brings itself, because linking those of glibc makes it need glibc 2.35: there `hypot` and
//! `hypotf` got a new version, which differs from the old one in `errno` only, and no caller here
//! reads that. Callers such as `f32::hypot`, which the window's library uses, link to these. `tests/glibc` checks the result.

/// The square root of `x² + y²`, without overflow on the way.
#[allow(unsafe_code, reason = "it has the C library's name and does the same")]
#[unsafe(no_mangle)]
extern "C" fn hypot(x: f64, y: f64) -> f64 {
    libm::hypot(x, y)
}

/// The square root of `x² + y²`, without overflow on the way.
#[allow(unsafe_code, reason = "it has the C library's name and does the same")]
#[unsafe(no_mangle)]
extern "C" fn hypotf(x: f32, y: f32) -> f32 {
    libm::hypotf(x, y)
}

#[cfg(test)]
mod tests {
    use super::{hypot, hypotf};

    #[test]
    fn what_rust_calls_is_ours_and_right_where_squares_overflow_and_vanish() {
        for scale in [1.0, f64::powi(2.0, 1000), f64::powi(2.0, -1000)] {
            assert_eq!(hypot(3.0 * scale, -4.0 * scale), 5.0 * scale);
        }
        for scale in [1.0, f32::powi(2.0, 100), f32::powi(2.0, -100)] {
            assert_eq!(hypotf(-3.0 * scale, 4.0 * scale), 5.0 * scale);
        }
        assert!(hypot(f64::INFINITY, f64::NAN).is_infinite() && hypotf(f32::NAN, 1.0).is_nan());
        for (x, y) in [(1.5, 2.25), (0.1, 7e9), (1e-310, 3e-309)] {
            assert_eq!(f64::hypot(x, y), hypot(x, y));
        }
    }
}
