//! A job as it is stored, without its steps.

use serde::{Deserialize, Serialize};

use super::{Stored, decode_form, encode_form, unknown_version};
use crate::domain::{ConnectionId, Job, JobId, JobKind, JobState, Progress, Timestamp};
use crate::store::trouble::Outcome;

#[derive(Serialize, Deserialize)]
struct JobV1<'a> {
    id: u64,
    kind: JobKindV1,
    title: &'a str,
    state: JobStateV1,
    created_at: i64,
    started_at: Option<i64>,
    ended_at: Option<i64>,
    progress: ProgressV1,
    note: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
enum JobKindV1 {
    Link,
    Push,
    Import { connection: u32, full: bool },
    Unlink,
    Sync { connection: u32 },
    Synchronize,
    Adjust,
    Edit,
    Undo { job: u64 },
}

#[derive(Serialize, Deserialize)]
enum JobStateV1 {
    Queued,
    Running,
    Paused,
    Done,
    Cancelled,
}

#[derive(Serialize, Deserialize)]
struct ProgressV1 {
    done: u64,
    failed: u64,
    parked: u64,
    skipped: u64,
    total: Option<u64>,
}

impl Stored for Job {
    const NOUN: &'static str = "job";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let Progress { done, failed, parked, skipped, total } = self.progress;
        let form = JobV1 {
            id: self.id.0,
            kind: match self.kind {
                JobKind::Link => JobKindV1::Link,
                JobKind::Push => JobKindV1::Push,
                JobKind::Import { connection, full } => JobKindV1::Import { connection: connection.0, full },
                JobKind::Unlink => JobKindV1::Unlink,
                JobKind::Sync { connection } => JobKindV1::Sync { connection: connection.0 },
                JobKind::Synchronize => JobKindV1::Synchronize,
                JobKind::Adjust => JobKindV1::Adjust,
                JobKind::Edit => JobKindV1::Edit,
                JobKind::Undo { job } => JobKindV1::Undo { job: job.0 },
            },
            title: &self.title,
            state: match self.state {
                JobState::Queued => JobStateV1::Queued,
                JobState::Running => JobStateV1::Running,
                JobState::Paused => JobStateV1::Paused,
                JobState::Done => JobStateV1::Done,
                JobState::Cancelled => JobStateV1::Cancelled,
            },
            created_at: self.created_at.0,
            started_at: self.started_at.map(|at| at.0),
            ended_at: self.ended_at.map(|at| at.0),
            progress: ProgressV1 { done, failed, parked, skipped, total },
            note: self.note.as_deref(),
        };
        encode_form(&form, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        let form: JobV1<'_> = decode_form(body)?;
        let ProgressV1 { done, failed, parked, skipped, total } = form.progress;
        Ok(Self {
            id: JobId(form.id),
            kind: match form.kind {
                JobKindV1::Link => JobKind::Link,
                JobKindV1::Push => JobKind::Push,
                JobKindV1::Import { connection, full } => {
                    JobKind::Import { connection: ConnectionId(connection), full }
                }
                JobKindV1::Unlink => JobKind::Unlink,
                JobKindV1::Sync { connection } => JobKind::Sync { connection: ConnectionId(connection) },
                JobKindV1::Synchronize => JobKind::Synchronize,
                JobKindV1::Adjust => JobKind::Adjust,
                JobKindV1::Edit => JobKind::Edit,
                JobKindV1::Undo { job } => JobKind::Undo { job: JobId(job) },
            },
            title: form.title.to_owned(),
            state: match form.state {
                JobStateV1::Queued => JobState::Queued,
                JobStateV1::Running => JobState::Running,
                JobStateV1::Paused => JobState::Paused,
                JobStateV1::Done => JobState::Done,
                JobStateV1::Cancelled => JobState::Cancelled,
            },
            created_at: Timestamp(form.created_at),
            started_at: form.started_at.map(Timestamp),
            ended_at: form.ended_at.map(Timestamp),
            progress: Progress { done, failed, parked, skipped, total },
            note: form.note.map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::golden;
    use crate::domain::JobKind;
    use crate::store::samples;

    #[test]
    fn version_1_stays_as_it_is() {
        golden::check(
            &samples::job(5, JobKind::Push),
            "0105010c507573682032206974656d730180aed6f7bf6801d0bdd6f7bf68000102030401ac020111537175617265206973206f66666c696e65e77f5d28",
        );
        golden::check(
            &samples::job(6, JobKind::Import { connection: crate::domain::ConnectionId(2), full: true }),
            "01060202010c507573682032206974656d730180aed6f7bf6801d0bdd6f7bf68000102030401ac020111537175617265206973206f66666c696e6508e3f246",
        );
        let connection = crate::domain::ConnectionId(2);
        let later = [
            (
                JobKind::Unlink,
                "0107030c507573682032206974656d730180aed6f7bf6801d0bdd6f7bf68000102030401ac020111537175617265206973206f66666c696e65693e7057",
            ),
            (
                JobKind::Sync { connection },
                "010704020c507573682032206974656d730180aed6f7bf6801d0bdd6f7bf68000102030401ac020111537175617265206973206f66666c696e65cbe7fa51",
            ),
            (
                JobKind::Synchronize,
                "0107050c507573682032206974656d730180aed6f7bf6801d0bdd6f7bf68000102030401ac020111537175617265206973206f66666c696e650994799b",
            ),
            (
                JobKind::Adjust,
                "0107060c507573682032206974656d730180aed6f7bf6801d0bdd6f7bf68000102030401ac020111537175617265206973206f66666c696e6539417dfd",
            ),
            (
                JobKind::Edit,
                "0107070c507573682032206974656d730180aed6f7bf6801d0bdd6f7bf68000102030401ac020111537175617265206973206f66666c696e6529f27edf",
            ),
            (
                JobKind::Undo { job: crate::domain::JobId(5) },
                "010708050c507573682032206974656d730180aed6f7bf6801d0bdd6f7bf68000102030401ac020111537175617265206973206f66666c696e655f2f0c25",
            ),
        ];
        for (kind, bytes) in later {
            golden::check(&samples::job(7, kind), bytes);
        }
    }
}
