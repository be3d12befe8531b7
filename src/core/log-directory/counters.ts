/** What the file sink counts about itself. Lines and bytes are those that this process wrote, unless said otherwise. */
export class Counters {
  /** Lines that are in files, as far as LogCaster is concerned. */
  writtenLines = 0;
  writtenBytes = 0;
  /** Of these, in archives that were sealed without a sync (`durability: none`). */
  unsyncedLines = 0;
  unsyncedBytes = 0;
  rotations = 0;
  /** Syncs that failed. */
  failedSyncs = 0;
  /** Lines that were written again to another file because a sync had failed. */
  rewrittenLines = 0;
  /** Lines that no sync covers because it failed and they could not be read back. */
  unsyncableLines = 0;
  /** What was found at the start. */
  recovered = { bytes: 0, rotations: 0, rewrites: 0 };
  /** Torn tails that were moved apart. */
  readonly torn = { tails: 0, bytes: 0 };
  /** What somebody else did to the current file. */
  readonly outside = {
    /** It was moved away. */
    moved: 0,
    /** Lines that went to the moved file before it was noticed; they are in there. */
    displacedLines: 0,
    /** It was deleted. */
    deleted: 0,
    /** Lines that were written to the deleted file before it was noticed, and that were written again. */
    rescuedLines: 0,
    /** It was cut short. */
    truncated: 0,
    /** Something was appended to it. */
    appended: 0,
    /** Lines that were written and are gone, for all that is known. */
    lostLines: 0,
  };
}
