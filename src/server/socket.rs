//! The socket, in a folder that is ours alone, for processes of the same user.
//!
//! Not in the runtime folder of the session: that one is deleted when the last login ends, which is exactly when jobs
//! go on without a terminal.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

pub struct Refused {
    pub message: String,
    pub hint: String,
}

fn refused(message: impl Into<String>, hint: impl Into<String>) -> Refused {
    Refused { message: message.into(), hint: hint.into() }
}

/// A listening socket. Its file goes when this is dropped.
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Makes the folder and the socket. Only whoever holds the store's lock may call this: a socket that lies there
    /// belongs to an engine that is gone, and is removed.
    pub fn bind(path: &Path) -> Result<Self, Refused> {
        let folder = path.parent().unwrap_or(Path::new("."));
        private_folder(folder)?;
        match fs::remove_file(path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => {
                let message = format!("the old socket {} cannot be removed: {why}", path.display());
                return Err(refused(message, "remove it by hand and start again"));
            }
            Ok(()) | Err(_) => {}
        }
        let listener = UnixListener::bind(path).map_err(|why| {
            // The kernel takes about a hundred bytes of path.
            let long = path.as_os_str().len() > 100;
            let hint =
                if long { "the path is too long for a socket: choose a shorter --home" } else { "check the folder" };
            refused(format!("cannot listen on {}: {why}", path.display()), hint)
        })?;
        let mode = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
        mode.map_err(|why| refused(format!("cannot close {} to others: {why}", path.display()), "check the folder"))?;
        Ok(Self { listener, path: path.to_owned() })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The next front of our own user. Others are turned away without a word.
    pub async fn accept(&self) -> io::Result<UnixStream> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            let me = rustix::process::geteuid().as_raw();
            match stream.peer_cred() {
                Ok(peer) if peer.uid() == me => return Ok(stream),
                Ok(peer) => tracing::warn!(user = peer.uid(), "another user was turned away"),
                Err(why) => tracing::warn!(%why, "a front that does not say who it is was turned away"),
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // One that stays is removed by the next engine.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes a folder of mode 0700, or checks that the one that is there is ours alone.
fn private_folder(folder: &Path) -> Result<(), Refused> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|why| {
        let message = format!("the folder {} cannot be made: {why}", folder.display());
        refused(message, "check that its parent is yours and not read-only, or choose another --home")
    })?;
    let found = fs::symlink_metadata(folder)
        .map_err(|why| refused(format!("cannot look at {}: {why}", folder.display()), "check the folder"))?;
    let me = rustix::process::geteuid().as_raw();
    if !found.is_dir() {
        return Err(refused(format!("{} is not a folder", folder.display()), "put the real folder there"));
    }
    if found.uid() != me {
        let message = format!("{} belongs to user {}", folder.display(), found.uid());
        return Err(refused(message, format!("chown {me} {}", folder.display())));
    }
    if found.mode() & 0o077 != 0 {
        let message = format!("others can get at {} (mode {:o})", folder.display(), found.mode() & 0o777);
        return Err(refused(message, format!("chmod 700 {}", folder.display())));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_lies_in_a_folder_of_our_own_and_goes_with_us() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("state").join("run").join("engine.sock");
        let first = Socket::bind(&path).ok().unwrap();
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        // As after a kill: the file is still there, and nobody listens.
        std::mem::forget(first);
        let second = Socket::bind(&path).ok().unwrap();
        UnixStream::connect(&path).await.unwrap();
        drop(second);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn an_open_folder_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("run");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let why = Socket::bind(&folder.join("engine.sock")).err().unwrap();
        assert!(why.message.contains("755") && why.hint.contains("chmod 700"), "{} {}", why.message, why.hint);
    }
}
