//! What paths, web addresses, networks and e-mail addresses mean, read as those who follow them read them. No file system and
//! no network is asked, and what two readers would read differently is not read at all.

pub(crate) mod glob;
pub(crate) mod host;
pub(crate) mod mail;
pub(crate) mod network;
pub(crate) mod path;
pub(crate) mod url;
