//! Memory allocation for processes that run all day and are mostly idle.

/// Makes all threads share one heap. By default, glibc gives each thread its own, which never shrinks; this
/// program allocates too little to gain speed from it. Call it before other threads start. Does nothing without
/// glibc.
pub fn share_one_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code)]
    // SAFETY: it sets a number under the allocator's lock.
    let _ = unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
}
