//! Paths, resolved by their text alone: `.`, `..` and repeated slashes are gone. Symbolic links are the file system's to know.

use std::fmt;

use smallvec::SmallVec;

/// Linux's `PATH_MAX`. Longer paths are not resolved, because the work grows with the square of the length.
const BYTES_MAX: usize = 4_096;

/// A path without `.` and `..`.
#[derive(Clone, Debug)]
pub(crate) struct Path<'t> {
    root: Root<'t>,
    segments: SmallVec<[&'t str; 16]>,
}

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Root<'t> {
    /// Wherever the process is.
    Relative,
    /// `/`
    Slash,
    /// `C:\`
    Drive(char),
    /// `\\server\share\`
    Share(&'t str, &'t str),
}

impl<'t> Path<'t> {
    /// The path; `None` for what is none, for what is longer than 4,096 bytes when it is resolved, for what leads out of the directory it is relative to, and for what one reader takes for
    /// another path than the next: percent-encoding, control characters, `~`, and `\` in what is no Windows path.
    pub(crate) fn read(text: &'t str) -> Option<Self> {
        if text.is_empty() || text.trim() != text || text.chars().any(char::is_control) || is_encoded(text) {
            return None;
        }
        let (root, rest) = Root::split(text)?;
        let mut segments = SmallVec::new();
        for segment in rest.split(|letter| letter == '/' || letter == '\\' && root.is_windows()) {
            match segment {
                "" | "." => {}
                ".." => {
                    if segments.pop().is_none() && matches!(root, Root::Relative) {
                        return None;
                    }
                }
                other if root.is_odd(other) => return None,
                other => segments.push(other),
            }
        }
        // `~/x` is a shell's home directory, `C:x` a drive's, `file:/x` an address.
        let is_special = |first: &&str| first.starts_with('~') || first.contains(':');
        if matches!(root, Root::Relative) && segments.first().is_some_and(is_special) {
            return None;
        }
        let length = segments.iter().fold(0_usize, |length, segment: &&str| length.saturating_add(segment.len() + 1));
        (length <= BYTES_MAX).then_some(Self { root, segments })
    }

    /// Whether it is that directory, or lies below it.
    pub(crate) fn is_within(&self, directory: &Self) -> bool {
        let same = |(one, other): (&&str, &&str)| self.root.same_name(one, other);
        self.root.is(directory.root) && self.segments.len() >= directory.segments.len() && self.segments.iter().zip(&directory.segments).all(same)
    }

    /// The innermost directory that both are or lie in, names taken letter by letter.
    pub(crate) fn common(self, other: &Self) -> Option<Self> {
        let shared = self.segments.iter().zip(&other.segments).take_while(|(one, other)| one == other).count();
        (self.root == other.root).then(|| Self { root: self.root, segments: self.segments.into_iter().take(shared).collect() })
    }

    pub(crate) fn root(&self) -> Root<'t> {
        self.root
    }

    pub(crate) fn segments(&self) -> &[&'t str] {
        &self.segments
    }

    /// The directories it lies within, from the outermost, and itself, as they are written.
    pub(crate) fn directories(&self) -> impl Iterator<Item = String> + '_ {
        let outermost = Path { root: self.root, segments: SmallVec::new() }.to_string();
        let mut whole = self.root.before_segments();
        let inner = self.segments.iter().enumerate().map(move |(at, segment)| {
            whole.push_str(if at == 0 { "" } else { "/" });
            whole.push_str(segment);
            whole.clone()
        });
        std::iter::once(outermost).chain(inner)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.root {
            Root::Relative if self.segments.is_empty() => f.write_str("."),
            Root::Share(server, share) if self.segments.is_empty() => write!(f, "//{server}/{share}"),
            root => write!(f, "{}{}", root.before_segments(), self.segments.join("/")),
        }
    }
}

impl<'t> Root<'t> {
    /// The root, and what follows it.
    pub(crate) fn split(text: &'t str) -> Option<(Self, &'t str)> {
        if let Some(rest) = text.strip_prefix("\\\\") {
            let mut parts = rest.splitn(3, ['\\', '/']);
            let (server, share) = (parts.next()?, parts.next()?);
            let is_named = |name: &str| !name.is_empty() && !matches!(name, "." | ".." | "?") && !name.contains([':', '*', '?', '|', '<', '>', '"']);
            return (is_named(server) && is_named(share)).then(|| (Self::Share(server, share), parts.next().unwrap_or_default()));
        }
        let mut letters = text.chars();
        if let (Some(drive), Some(':'), Some('/' | '\\')) = (letters.next(), letters.next(), letters.next())
            && drive.is_ascii_alphabetic()
        {
            return Some((Self::Drive(drive.to_ascii_uppercase()), letters.as_str()));
        }
        if text.contains('\\') {
            return None;
        }
        Some(text.strip_prefix('/').map_or((Self::Relative, text), |rest| (Self::Slash, rest)))
    }

    /// What is written before the first segment.
    fn before_segments(self) -> String {
        match self {
            Self::Relative => String::new(),
            Self::Slash => "/".to_owned(),
            Self::Drive(letter) => format!("{letter}:/"),
            Self::Share(server, share) => format!("//{server}/{share}/"),
        }
    }

    pub(crate) fn is_windows(self) -> bool {
        matches!(self, Self::Drive(_) | Self::Share(..))
    }

    pub(crate) fn is(self, other: Root<'_>) -> bool {
        match (self, other) {
            (Self::Relative, Root::Relative) | (Self::Slash, Root::Slash) => true,
            (Self::Drive(one), Root::Drive(other)) => one == other,
            (Self::Share(server, share), Root::Share(other, shared)) => server.eq_ignore_ascii_case(other) && share.eq_ignore_ascii_case(shared),
            _ => false,
        }
    }

    /// Windows takes names for the same in upper and lower case.
    pub(crate) fn same_name(self, one: &str, other: &str) -> bool {
        if self.is_windows() { one.eq_ignore_ascii_case(other) } else { one == other }
    }

    /// Names that are `..` to who trims them; and on Windows, those it reads as another name or as a stream.
    fn is_odd(self, name: &str) -> bool {
        matches!(name.trim(), "." | "..") || self.is_windows() && (name.ends_with(['.', ' ']) || name.contains([':', '*', '?', '|', '<', '>', '"']))
    }
}

/// Whether some of the text is percent-encoded.
pub(crate) fn is_encoded(text: &str) -> bool {
    text.as_bytes().windows(3).any(|bytes| matches!(bytes, [b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(path: &str, directory: &str) -> bool {
        let directory = Path::read(directory).unwrap_or_else(|| unreachable!("{directory}"));
        Path::read(path).is_some_and(|path| path.is_within(&directory))
    }

    #[test]
    fn a_path_is_where_it_leads() {
        for path in ["/workspace", "/workspace/", "/workspace/a/../b", "//workspace//a", "/x/../workspace/a", "/workspace/100%.txt", "/workspace/..a"]
        {
            assert!(within(path, "/workspace"), "{path}");
        }
        for path in [
            "/workspace/../etc/passwd",
            "/workspace-evil",
            "/workspace/./../workspace-evil/x",
            "workspace/a",
            "",
            "~/a",
            "/",
            "/Workspace/a",
            "/workspace/%2e%2e/etc",
            "/workspace/a%00",
            "/workspace/\0",
            "/workspace/..\\..\\etc",
            "/workspace/.. /etc",
            "/workspace/a\n",
            " /workspace/a",
            "file:///workspace/a",
        ] {
            assert!(!within(path, "/workspace"), "{path}");
        }
        assert!(within("docs/./a", "docs") && within("docs/../notes", ".") && !within("../docs", ".") && !within("docs/../../x", "."));
        assert!(!within("~root/x", ".") && !within("C:x", ".") && !within("/etc", "."));
    }

    #[test]
    fn what_paths_have_in_common_is_a_directory() {
        let common = |one, other| Some(Path::read(one)?.common(&Path::read(other)?)?.to_string());
        assert_eq!(common("/a/b/c", "/a/b/../b/d").as_deref(), Some("/a/b"));
        assert_eq!(common("/a/b", "/a/bc").as_deref(), Some("/a"));
        assert_eq!(common("/a", "a"), None);
        let directories = |text| Path::read(text).map(|path: Path<'_>| path.directories().collect::<Vec<_>>()).unwrap_or_default();
        assert_eq!(directories("/a/b"), ["/", "/a", "/a/b"]);
        assert_eq!(directories("a/b"), [".", "a", "a/b"]);
        assert_eq!(directories("c:\\a"), ["C:/", "C:/a"]);
        assert_eq!(directories("\\\\s\\t\\a"), ["//s/t", "//s/t/a"]);
        assert!(Path::read(&"/a".repeat(2_048)).is_some() && Path::read(&"/a".repeat(2_049)).is_none());
        assert_eq!(common(&format!("/etc/{}shadow", "./".repeat(3_000)), "/etc/shadow").as_deref(), Some("/etc/shadow"));
    }

    #[test]
    fn windows_paths_are_read_as_windows_reads_them() {
        for path in ["C:\\ws\\a", "c:/WS/a", "C:\\x\\..\\ws\\a\\", "C:\\ws"] {
            assert!(within(path, "C:\\ws"), "{path}");
        }
        for path in
            ["C:\\ws\\..\\x", "D:\\ws\\a", "C:\\ws-x", "C:ws\\a", "\\ws\\a", "/ws/a", "C:\\ws\\a:stream", "C:\\ws\\...\\x", "\\\\?\\C:\\ws\\a"]
        {
            assert!(!within(path, "C:\\ws"), "{path}");
        }
        assert!(within("\\\\srv\\Share\\a\\b", "\\\\SRV\\share\\a") && !within("\\\\srv\\other\\a", "\\\\srv\\share"));
        let shown = |path| Path::read(path).map(|path: Path<'_>| path.to_string()).unwrap_or_default();
        assert_eq!([shown("c:\\a\\..\\b"), shown("\\\\s\\t\\a"), shown("/a//b/./c/.."), shown("a/..")], ["C:/b", "//s/t/a", "/a/b", "."]);
    }
}
