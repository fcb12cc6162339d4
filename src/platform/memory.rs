//! What the C library keeps of the memory that a program has freed. For processes that run all day and are idle for most of
//! it; elsewhere than with glibc nothing here does anything.

/// Has all threads allocate from one heap. By default each gets its own, which never shrinks; here they allocate too little
/// for that to be faster. Must be called before there are other threads.
pub fn share_one_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code)]
    // SAFETY: it sets a number, under the allocator's own lock.
    let _ = unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
}

/// Gives freed memory back to the system.
pub fn release_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code)]
    // SAFETY: it gives back what is free already, under the allocator's own lock.
    let _ = unsafe { libc::malloc_trim(0) };
}
