/** The `archive` sink: what it is and what it promises. Its options stand in options.ts, how it works in archive-sink.ts. */
import { resolve } from 'node:path';
import { defineSink } from '../../core/component.ts';
import { ArchiveSink } from './archive-sink.ts';
import { archiveOptions } from './options.ts';

/**
 * Writes lines to compressed files that are rotated by size.
 *
 * @remarks Since 0.1.0
 */
export const archive = defineSink({
  type: 'archive',
  summary:
    'Writes lines, compressed, to current.log.zst or current.log.gz, which becomes an archive when it is full.',
  description: [
    'Lines are compressed as they are written, together with those that wait beside them, into frames of their own. `zstd -dc` and',
    '`zcat` read the files, also the one that is being written. Before a frame that would make it larger than `maxSize`, the file becomes',
    '`log-YYYYMMDD-HHMMSS-NNNNNN.log.zst` (the time is UTC) and a new one begins. The number alone decides the order and never repeats in',
    'a directory. No line is split over two files, no file is overwritten, and an archive never changes.',
    '',
    'Few lines wait up to `flushInterval` for others, since a frame of few lines is hardly smaller than they are; sources feel that as a',
    'sink that is slow for so long. They count as stored when their frame is in the file.',
    '',
    'At the start the sink finishes what a crash left half done. A frame that was cut off is moved to a file `torn-NNNNNN-OFFSET.part`,',
    'and the log says so. Where a file is damaged, the lines of that frame are lost; when a ring is filled again, the others are read all the',
    'same. With another `encoding` than `line` a ring cannot be filled again.',
    '',
    'A directory belongs to one sink at a time. The zstd of Node stops behind the first frame of a file, the note that each frame of lines',
    'has before it; the command `zstd` and the usual libraries read all.',
  ].join('\n'),
  guarantees: {
    durability:
      'as chosen: survives the process (none), a power cut but for the last interval (interval), or a power cut (always)',
    order: 'lines stand in the order in which they came',
    onError: 'keeps the lines and tries again; a frame that was written only in part is cut off first',
    onDamage: 'a damaged place costs the lines of its frame, at most frameSize, and no others',
  },
  options: archiveOptions,
  examples: [
    { title: 'Compressed with zstd', yaml: 'type: archive\ndirectory: ./logs/archive\n' },
    {
      title: 'Compressed with gzip, for zcat and zgrep; a month is kept',
      yaml: 'type: archive\ncompression: gzip\nlevel: 6\nretention:\n  maxAge: 30d\n',
    },
    {
      title: 'JSON of each line and its fields, in at most 10 GiB',
      yaml: 'type: archive\nencoding: json\nretention:\n  maxTotalSize: 10GiB\n',
    },
  ],
  keepsHistory: true,
  claims: ({ directory }) => [`directory ${resolve(directory)}`],
  create: (options, context) => new ArchiveSink(options, context),
});
