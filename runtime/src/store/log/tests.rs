//! The log as a whole: what is written comes back, whatever happens to the files between.

use super::format::{self, DATA_START, Header};
use super::memory::MemoryFolder;
use super::reader;
use super::segment::Spare;
use super::writer::{Writer, WriterOptions};
use crate::error::StoreError;
use crate::knobs::Durability;
use crate::store::disk::OpenMode;
use crate::store::write_set::WriteSet;
use crate::value::{DocumentId, TableNumber};

const OPTIONS: WriterOptions =
    WriterOptions { segment_bytes: 8192, durability: Durability::Fsync, spares: 2 };

fn writes(ts: u64, length: usize) -> WriteSet {
    let mut writes = WriteSet::default();
    writes.put(TableNumber(1), DocumentId([1; 16]), vec![u8::try_from(ts % 256).unwrap(); length]);
    writes
}

fn group(commits: impl IntoIterator<Item = u64>, length: usize) -> Vec<u8> {
    let mut group = Vec::new();
    commits.into_iter().for_each(|ts| format::append_record(&mut group, ts, &writes(ts, length)));
    group
}

/// The commits in the log, or why it cannot be read.
fn read(folder: &MemoryFolder) -> Result<Vec<u64>, StoreError> {
    let mut commits = Vec::new();
    reader::recover(folder, OpenMode::Existing, 1, 0, |ts, body| {
        let found = format::decode_body(body).ok_or("undecodable")?;
        let length = found.documents[0].value.as_ref().map_or(0, |value| value.len());
        assert_eq!(found, writes(ts, length));
        commits.push(ts);
        Ok(())
    })?;
    Ok(commits)
}

fn open(folder: &MemoryFolder) -> Result<(Writer, Vec<u64>), StoreError> {
    let commits = read(folder)?;
    let tail = reader::recover(folder, OpenMode::Existing, 1, 0, |_, _| Ok(()))?;
    Ok((Writer::start(folder.shared(), OPTIONS, tail, 1000)?, commits))
}

/// A log of one group per commit, left as a crash leaves it.
fn log_of(commits: u64, length: usize) -> MemoryFolder {
    let folder = MemoryFolder::default();
    let (mut writer, _) = open(&folder).unwrap();
    for ts in 1..=commits {
        writer.write_group(&mut group([ts], length)).unwrap();
    }
    folder
}

/// Where each record of a one-segment log begins, and the end of the last.
fn offsets(folder: &MemoryFolder) -> Vec<usize> {
    let bytes = folder.bytes(1);
    let generation = Header::decode(&bytes).unwrap().generation;
    let mut offsets = vec![DATA_START];
    while let Some(record) = format::read_record(&bytes[offsets[offsets.len() - 1]..], generation) {
        offsets.push(offsets[offsets.len() - 1] + record.length());
    }
    offsets
}

fn assert_damaged(folder: &MemoryFolder, segment: u64, at: u64) {
    match read(folder) {
        Err(StoreError::Damaged { file, offset, .. }) => {
            assert_eq!((file, offset), (folder.path(segment), at));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn rolls_over_segments_and_comes_back() {
    let folder = MemoryFolder::default();
    let (mut writer, _) = open(&folder).unwrap();
    writer.write_group(&mut group(1..=100, 100)).unwrap();
    writer.write_group(&mut group(101..=102, 20_000)).unwrap();
    writer.write_group(&mut group(103..=110, 100)).unwrap();
    writer.close().unwrap();
    assert_eq!(read(&folder).unwrap(), (1..=110).collect::<Vec<_>>());
    let segments = folder.numbers().unwrap();
    assert_eq!(segments, (1..=segments.len() as u64).collect::<Vec<_>>());
    assert!(segments.len() > 5);
    let sizes: Vec<usize> = segments.iter().map(|&number| folder.bytes(number).len()).collect();
    assert_eq!(sizes.iter().filter(|size| **size > 20_000).count(), 2);
    let (mut writer, _) = open(&folder).unwrap();
    writer.write_group(&mut group([111], 100)).unwrap();
    assert_eq!(read(&folder).unwrap().last(), Some(&111));
}

#[test]
fn a_write_cut_anywhere_leaves_the_commits_that_are_whole_and_a_cut_file_is_refused() {
    let folder = log_of(12, 30);
    let (whole, offsets) = (folder.bytes(1), offsets(&folder));
    for length in 0..offsets[12] + 10 {
        let cut = MemoryFolder::default();
        let mut bytes = whole[..length].to_vec();
        // No crash makes the file shorter: something else has.
        cut.set_bytes(1, bytes.clone());
        assert_damaged(&cut, 1, if length < 64 { 0 } else { length as u64 });
        if length < 64 {
            continue;
        }
        bytes.resize(whole.len(), 0);
        cut.set_bytes(1, bytes);
        let expected = offsets[1..].iter().filter(|end| **end <= length).count() as u64;
        let (mut writer, commits) = open(&cut).unwrap();
        assert_eq!(commits, (1..=expected).collect::<Vec<_>>(), "length {length}");
        writer.write_group(&mut group([50], 30)).unwrap();
        writer.close().unwrap();
        assert_eq!(read(&cut).unwrap().len() as u64, expected + 1);
        assert_eq!(cut.bytes(1).len(), whole.len());
    }
}

#[test]
fn a_flipped_bit_is_refused_with_its_place_or_is_the_torn_tail() {
    let folder = log_of(8, 30);
    let (whole, offsets) = (folder.bytes(1), offsets(&folder));
    let flipped = |at: usize| {
        let folder = folder.copy();
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        folder.set_bytes(1, bytes);
        folder
    };
    for at in 0..64 {
        assert_damaged(&flipped(at), 1, 0);
    }
    for record in 0..7 {
        for at in offsets[record]..offsets[record + 1] {
            assert_damaged(&flipped(at), 1, offsets[record] as u64);
        }
    }
    // Nothing says that the last write was finished, so it is cut; and what was behind it is wiped.
    for at in offsets[7]..whole.len() {
        let expected: Vec<u64> = (1..=if at < offsets[8] { 7 } else { 8 }).collect();
        let folder = flipped(at);
        let (writer, commits) = open(&folder).unwrap();
        assert_eq!(commits, expected);
        drop(writer);
        assert!(folder.bytes(1)[offsets[expected.len()]..].iter().all(|byte| *byte == 0));
    }
}

#[test]
fn a_sealed_log_has_no_torn_tail() {
    let folder = log_of(3, 30);
    let (writer, _) = open(&folder).unwrap();
    writer.close().unwrap();
    let (whole, offsets) = (folder.bytes(1), offsets(&folder));
    let mut bytes = whole.clone();
    bytes[offsets[2] + 30] ^= 1;
    folder.set_bytes(1, bytes);
    assert_damaged(&folder, 1, offsets[2] as u64);
    folder.set_bytes(1, whole.clone());
    let (writer, _) = open(&folder).unwrap();
    writer.close().unwrap();
    assert_eq!(folder.bytes(1), whole, "opening and closing adds no second seal");
}

#[test]
fn damage_in_an_older_segment_is_refused() {
    let folder = log_of(60, 200);
    let offsets = offsets(&folder);
    assert!(folder.numbers().unwrap().len() > 2);
    let whole = folder.bytes(1);
    for record in 0..offsets.len() - 1 {
        let mut bytes = whole.clone();
        bytes[offsets[record] + 40] ^= 1;
        folder.set_bytes(1, bytes);
        assert_damaged(&folder, 1, offsets[record] as u64);
        folder.set_bytes(1, whole[..offsets[record]].to_vec());
        assert_damaged(&folder, 1, offsets[record] as u64);
    }
}

#[test]
fn missing_misplaced_and_newer_segments_are_refused() {
    let folder = log_of(60, 200);
    let missing = folder.copy();
    missing.remove(2);
    assert!(matches!(read(&missing), Err(StoreError::MissingSegment { file }) if file == folder.path(2)));
    let headless = folder.copy();
    headless.remove(1);
    assert!(matches!(read(&headless), Err(StoreError::MissingSegment { file }) if file == folder.path(1)));
    let swapped = folder.copy();
    swapped.set_bytes(2, folder.bytes(1));
    assert!(matches!(read(&swapped), Err(StoreError::Damaged { reason, .. }) if reason.contains("number")));
    let again = folder.copy();
    let (first, mut bytes) = (Header::decode(&folder.bytes(1)).unwrap(), folder.bytes(2));
    let header = Header { generation: first.generation, ..Header::decode(&bytes).unwrap() };
    bytes[..64].copy_from_slice(&header.encode());
    again.set_bytes(2, bytes);
    assert_damaged(&again, 2, 0);
    // A base that ends before the first segment that it needs begins.
    let later = reader::recover(&folder, OpenMode::Existing, 3, 0, |_, _| Ok(()));
    assert!(matches!(later, Err(StoreError::MissingSegment { file }) if file == folder.path(2)));
    let newer = folder.copy();
    let mut bytes = folder.bytes(1);
    let header = Header::decode(&bytes).unwrap().encode_as(format::VERSION + 1);
    bytes[..header.len()].copy_from_slice(&header);
    newer.set_bytes(1, bytes);
    let message = read(&newer).unwrap_err().to_string();
    assert!(message.contains("format 2") && message.contains("up to 1"), "{message}");
}

#[test]
fn what_does_not_continue_the_sequence_is_no_commit() {
    let folder = log_of(0, 0);
    let generation = Header::decode(&folder.bytes(1)).unwrap().generation;
    let with = |records: &[u8]| {
        let folder = folder.copy();
        let mut bytes = folder.bytes(1);
        bytes[DATA_START..DATA_START + records.len()].copy_from_slice(records);
        folder.set_bytes(1, bytes);
        read(&folder).unwrap()
    };
    let record = |ts| {
        let mut record = group([ts], 30);
        format::finish(&mut record, generation, DATA_START as u64);
        record
    };
    let seal = |ts| format::seal(generation, ts, DATA_START as u64).to_vec();
    assert_eq!(with(&[record(1), record(2)].concat()), [1, 2]);
    assert_eq!(with(&[record(2), record(2)].concat()), [2]);
    assert_eq!(with(&[record(2), record(1)].concat()), [2]);
    assert_eq!(with(&[record(2), seal(2), record(3)].concat()), [2, 3]);
    assert_eq!(with(&[record(2), seal(1), record(3)].concat()), [2]);
}

#[test]
fn records_of_an_earlier_life_are_not_ours() {
    let old = log_of(10, 30);
    // The same records at the same places, in a segment of another generation that ends after the fourth.
    let folder = MemoryFolder::default();
    let mut header = Header::decode(&old.bytes(1)).unwrap();
    header.generation += 2;
    let mut bytes = old.bytes(1);
    bytes[..64].copy_from_slice(&header.encode());
    let offsets = offsets(&old);
    let mut life = group(1..=4, 30);
    for record in life.chunks_mut(offsets[1] - offsets[0]) {
        format::finish(record, header.generation, DATA_START as u64);
    }
    bytes[offsets[0]..offsets[4]].copy_from_slice(&life);
    folder.set_bytes(1, bytes);
    let (mut writer, commits) = open(&folder).unwrap();
    assert_eq!(commits, [1, 2, 3, 4]);
    writer.write_group(&mut group([5], 30)).unwrap();
    assert_eq!(read(&folder).unwrap(), [1, 2, 3, 4, 5]);
}

#[test]
fn whatever_a_power_cut_leaves_of_the_last_group_opens_with_everything_synced() {
    for seed in 0..400 {
        let mut random = fastrand::Rng::with_seed(seed);
        let folder = MemoryFolder::default();
        let (mut writer, _) = open(&folder).unwrap();
        let (mut ts, mut synced) = (0, 0);
        for _ in 0..random.u64(1..6) {
            let end = ts + random.u64(1..12);
            // The last call of some group is its sync: without it the group is torn.
            if random.u8(..3) == 0 {
                folder.fail_from(2);
            }
            if writer.write_group(&mut group(ts + 1..=end, random.usize(10..900))).is_err() {
                ts = end;
                break;
            }
            (ts, synced) = (end, end);
        }
        drop(writer);
        let crashed = folder.crash(&mut random);
        let (mut writer, commits) = open(&crashed).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let length = commits.len() as u64;
        assert_eq!(commits, (1..=length).collect::<Vec<_>>(), "seed {seed}");
        assert!((synced..=ts).contains(&length), "seed {seed}: {length} of {synced} to {ts}");
        writer.write_group(&mut group([10_000], 40)).unwrap();
        assert_eq!(read(&crashed).unwrap().len() as u64, length + 1, "seed {seed}");
    }
}

/// Who puts an older copy of a folder back over a newer one may leave the newer spares in it.
#[test]
fn a_spare_from_a_future_that_is_over_gives_none_of_its_commits_back() {
    let future = log_of(60, 200);
    let (mut calls, mut without_a_record) = (0, 0);
    loop {
        let folder = MemoryFolder::default();
        let (mut writer, _) = open(&folder).unwrap();
        writer.write_group(&mut group([1], 3000)).unwrap();
        drop(writer);
        folder.disk().set_bytes(&folder.spare(Spare::Used(2)), future.bytes(2));
        let (mut writer, _) = open(&folder).unwrap();
        // It becomes the next segment, and somewhere there the disk fails.
        calls += 1;
        folder.fail_from(calls);
        let written = writer.write_group(&mut group([2_000_000], 3000));
        let commits = read(&folder.copy()).unwrap();
        assert!(matches!(commits[..], [1] | [1, 2_000_000]), "{commits:?}");
        if written.is_ok() {
            break;
        }
        without_a_record += u64::from(folder.numbers().unwrap() == [1, 2] && commits == [1]);
    }
    assert!(without_a_record > 0, "it was never there without a record of its own");
}

#[test]
fn a_segment_that_is_full_to_its_end_gets_no_seal_and_is_gone_on_from() {
    let folder = MemoryFolder::default();
    let (mut writer, _) = open(&folder).unwrap();
    // Fourteen bytes are left.
    writer.write_group(&mut group([1], 4033)).unwrap();
    writer.close().unwrap();
    assert_eq!(folder.bytes(1).len(), 8192);
    let (mut writer, commits) = open(&folder).unwrap();
    assert_eq!(commits, [1]);
    writer.write_group(&mut group([2], 30)).unwrap();
    assert_eq!(read(&folder).unwrap(), [1, 2]);
}

#[test]
fn a_seal_is_on_the_disk_when_the_log_is_closed() {
    let folder = log_of(3, 30);
    open(&folder).unwrap().0.close().unwrap();
    let left = MemoryFolder::on(folder.disk().without_unsynced());
    let tail = reader::recover(&left, OpenMode::Existing, 1, 0, |_, _| Ok(())).unwrap().unwrap();
    assert!(tail.sealed);
}

/// Not what was synced, for nothing was, but always a prefix: the log opens.
#[test]
fn without_syncs_a_power_cut_leaves_a_prefix_whenever_it_comes() {
    let options = WriterOptions { durability: Durability::Process, ..OPTIONS };
    for seed in 0..100 {
        let mut random = fastrand::Rng::with_seed(seed);
        let folder = MemoryFolder::default();
        let mut writer = Writer::start(folder.shared(), options, None, 1000).unwrap();
        let commits = random.u64(1..30);
        for ts in 1..=commits {
            writer.write_group(&mut group([ts], 900)).unwrap();
        }
        if random.bool() {
            // The power goes in the middle of an orderly stop.
            folder.fail_from(random.u64(1..4));
            writer.close().unwrap_err();
        }
        let left = read(&folder.crash(&mut random)).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(left, (1..=left.len() as u64).collect::<Vec<_>>(), "seed {seed}");
        // Four fill a segment, and one that is full is synced before the next one begins.
        assert!(left.len() as u64 >= (commits - 1) / 4 * 4, "seed {seed}: {} of {commits}", left.len());
    }
}
