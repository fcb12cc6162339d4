//! How the C library allocates. For processes that run all day and are idle for most of it.

/// Has all threads allocate from one heap. By default each gets its own, which never shrinks; here they allocate too little
/// for that to be faster. Must be called before there are other threads. Does nothing where the C library is not glibc.
pub fn share_one_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code)]
    // SAFETY: it sets a number, under the allocator's own lock.
    let _ = unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
}
