//! inotify, which has limits for each user and does not see what other machines do.

use std::path::Path;

pub(super) const MORE_WATCHES: &str = "raise the limits with `sysctl fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=524288`, or end a program that watches many files";

/// File systems that are another machine's, or a program's that may be one's (statfs(2), linux/magic.h): NFS, SMB, CIFS,
/// SMB 2, AFS, Ceph, Coda, Lustre, 9P, FUSE (sshfs, and others).
const REMOTE: [u32; 10] = [
    0x6969,
    0x517B,
    0xFF53_4D42,
    0xFE53_4D42,
    0x5346_414F,
    0x00C3_6400,
    0x7375_7245,
    0x0BD0_0BD0,
    0x0102_1997,
    0x6573_5546,
];

pub(super) fn is_elsewhere(file: &Path) -> bool {
    // The type's width and sign differ between machines; the number's lower half is the same.
    rustix::fs::statfs(file).is_ok_and(|disk| REMOTE.contains(&(disk.f_type as u32)))
}
