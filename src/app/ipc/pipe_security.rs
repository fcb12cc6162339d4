//! Who may open the pipe, and whose process is at its other end.
#![allow(unsafe_code, reason = "calls of Windows that have no safe form")]

use std::ffi::{OsStr, c_void};
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use tokio::net::windows::named_pipe::{NamedPipeClient, NamedPipeServer, ServerOptions};
use windows_sys::Win32::Foundation::{HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{
    EqualSid, GetTokenInformation, PSECURITY_DESCRIPTOR, PSID, SECURITY_ATTRIBUTES, TOKEN_QUERY, TOKEN_USER,
    TokenUser,
};
use windows_sys::Win32::System::Pipes::{GetNamedPipeClientProcessId, GetNamedPipeServerProcessId};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, OpenProcess, OpenProcessToken, PROCESS_QUERY_LIMITED_INFORMATION,
};

use super::sddl;

/// A security descriptor. Without one, everybody may read from the pipe.
pub(super) struct PipeSecurity(PSECURITY_DESCRIPTOR);

// SAFETY: nothing changes the descriptor after it was made.
unsafe impl Send for PipeSecurity {}
// SAFETY: as above.
unsafe impl Sync for PipeSecurity {}

impl PipeSecurity {
    /// One by which this user and the system may do everything, and nobody else anything.
    pub(super) fn of_this_user() -> io::Result<PipeSecurity> {
        let wide: Vec<u16> =
            OsStr::new(&sddl::for_user_and_system(&this_user()?.text()?)).encode_wide().chain([0]).collect();
        let mut descriptor = ptr::null_mut();
        // SAFETY: the text ends with 0, and the pointer to the result is to a variable.
        let made = unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                wide.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor,
                ptr::null_mut(),
            )
        };
        if made == 0 { Err(io::Error::last_os_error()) } else { Ok(PipeSecurity(descriptor)) }
    }

    /// Makes an end of the pipe with this descriptor.
    pub(super) fn create(&self, options: &mut ServerOptions, name: &str) -> io::Result<NamedPipeServer> {
        let mut attributes = SECURITY_ATTRIBUTES {
            nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
            lpSecurityDescriptor: self.0,
            bInheritHandle: 0,
        };
        let options = options.reject_remote_clients(true);
        // SAFETY: the attributes and the descriptor live longer than the call.
        unsafe { options.create_with_security_attributes_raw(name, (&raw mut attributes).cast::<c_void>()) }
    }
}

impl Drop for PipeSecurity {
    fn drop(&mut self) {
        // SAFETY: Windows has allocated it for this.
        unsafe { LocalFree(self.0) };
    }
}

/// Whether the process that made the pipe is this user's.
pub(super) fn server_is_this_user(pipe: &NamedPipeClient) -> io::Result<bool> {
    let mut process = 0;
    // SAFETY: the handle is open, and the pointer is to a variable.
    let told = unsafe { GetNamedPipeServerProcessId(pipe.as_raw_handle() as HANDLE, &raw mut process) };
    if told == 0 { Err(io::Error::last_os_error()) } else { is_this_user(process) }
}

/// Whether the process that has opened the pipe is this user's.
pub(super) fn client_is_this_user(pipe: &NamedPipeServer) -> io::Result<bool> {
    let mut process = 0;
    // SAFETY: the handle is open, and the pointer is to a variable.
    let told = unsafe { GetNamedPipeClientProcessId(pipe.as_raw_handle() as HANDLE, &raw mut process) };
    if told == 0 { Err(io::Error::last_os_error()) } else { is_this_user(process) }
}

fn is_this_user(process: u32) -> io::Result<bool> {
    Ok(user_of_process(process)?.is(&this_user()?))
}

fn user_of_process(id: u32) -> io::Result<User> {
    // SAFETY: it takes numbers and returns a handle, or null.
    let process = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, id) };
    if process.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is a new handle that nobody else closes.
    let process = unsafe { OwnedHandle::from_raw_handle(process) };
    User::of_process(process.as_raw_handle() as HANDLE)
}

fn this_user() -> io::Result<User> {
    // SAFETY: it takes no arguments, and its handle needs no closing.
    User::of_process(unsafe { GetCurrentProcess() })
}

/// A user: a `TOKEN_USER`, whose pointer leads into the same memory.
struct User(Vec<u64>);

impl User {
    fn of_process(process: HANDLE) -> io::Result<User> {
        let mut token = ptr::null_mut();
        // SAFETY: the handle is open, and the pointer is to a variable.
        if unsafe { OpenProcessToken(process, TOKEN_QUERY, &raw mut token) } == 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: it is a new handle that nobody else closes.
        let token = unsafe { OwnedHandle::from_raw_handle(token) };
        let mut length = 0;
        // The first call tells the length. Numbers of 8 bytes, because the structure begins with a pointer.
        // SAFETY: no memory is given, and the pointer to the length is to a variable.
        unsafe {
            GetTokenInformation(
                token.as_raw_handle() as HANDLE,
                TokenUser,
                ptr::null_mut(),
                0,
                &raw mut length,
            )
        };
        let mut user = vec![0_u64; (length as usize).div_ceil(8).max(size_of::<TOKEN_USER>().div_ceil(8))];
        // SAFETY: the memory has at least the given length.
        let told = unsafe {
            GetTokenInformation(
                token.as_raw_handle() as HANDLE,
                TokenUser,
                user.as_mut_ptr().cast::<c_void>(),
                length,
                &raw mut length,
            )
        };
        if told == 0 { Err(io::Error::last_os_error()) } else { Ok(User(user)) }
    }

    fn sid(&self) -> PSID {
        // SAFETY: the memory is aligned, large enough, and was filled by `GetTokenInformation`.
        unsafe { (*self.0.as_ptr().cast::<TOKEN_USER>()).User.Sid }
    }

    fn is(&self, other: &User) -> bool {
        // SAFETY: both are SIDs that Windows has made.
        unsafe { EqualSid(self.sid(), other.sid()) != 0 }
    }

    /// As in `S-1-5-21-1-2-3-1001`.
    fn text(&self) -> io::Result<String> {
        let mut text = ptr::null_mut();
        // SAFETY: it is a SID that Windows has made, and the pointer is to a variable.
        if unsafe { ConvertSidToStringSidW(self.sid(), &raw mut text) } == 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the text ends with 0.
        let length = (0..).take_while(|at| unsafe { *text.add(*at) } != 0).count();
        // SAFETY: that many numbers are there.
        let said = String::from_utf16_lossy(unsafe { std::slice::from_raw_parts(text, length) });
        // SAFETY: Windows has allocated it for this.
        unsafe { LocalFree(text.cast::<c_void>()) };
        Ok(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_is_made_for_this_user() {
        let user = this_user().unwrap();
        assert!(user.text().unwrap().starts_with("S-1-"));
        assert!(user.is(&user_of_process(std::process::id()).unwrap()));
        PipeSecurity::of_this_user().unwrap();
        assert!(user_of_process(u32::MAX).is_err());
    }
}
