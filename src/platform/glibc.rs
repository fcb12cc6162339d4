//! Replacements for glibc functions that would raise the required version to glibc 2.35: there `hypot` and
//! `hypotf` got a new version that differs only in `errno`, which no caller here reads. Callers such as
//! `f32::hypot`, which the window's library uses, link to these. `tests/glibc` checks the result.

/// `√(x² + y²)` without intermediate overflow.
#[allow(unsafe_code, reason = "it has the C library's name and does the same")]
#[unsafe(no_mangle)]
extern "C" fn hypot(x: f64, y: f64) -> f64 {
    libm::hypot(x, y)
}

/// `√(x² + y²)` without intermediate overflow.
#[allow(unsafe_code, reason = "it has the C library's name and does the same")]
#[unsafe(no_mangle)]
extern "C" fn hypotf(x: f32, y: f32) -> f32 {
    libm::hypotf(x, y)
}

#[cfg(test)]
mod tests {
    use super::{hypot, hypotf};

    #[test]
    fn hypot_is_replaced_and_survives_overflow_and_underflow() {
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
