/** The `file` sink: what it is and what it promises. Its options stand in options.ts, how it works in file-sink.ts. */
import { resolve } from 'node:path';
import { defineSink } from '../../core/component.ts';
import { FileSink } from './file-sink.ts';
import { fileOptions } from './options.ts';

/**
 * Writes lines to files that are rotated by size.
 *
 * @remarks Since 0.1.0
 */
export const file = defineSink({
  type: 'file',
  summary: 'Writes lines to current.log, which becomes an archive when it is full.',
  description: [
    'Lines are appended to `current.log`. Before a line that would make it larger than `maxSize`, the file becomes',
    '`log-YYYYMMDD-HHMMSS-NNNNNN.log` (the time is UTC) and a new one begins. The number alone decides the order and never',
    'repeats in a directory. No line is split over two files, no file is overwritten, and an archive never changes; with `compress` it is',
    'replaced, later and in the background, by a compressed one that was read back and holds the same bytes.',
    '',
    'With another `encoding` than `line`, what is written is longer or shorter than what came: `maxSize` is about what is written. A ring',
    'cannot be filled again from such files.',
    '',
    'At the start the sink finishes what a crash left half done. Bytes of a line that was cut off are moved to a file',
    '`torn-NNNNNN-OFFSET.part`, and the log says so. A file that somebody else moves, deletes or cuts short is noticed within about a',
    'second, and writing goes on in `current.log`.',
  ].join('\n'),
  guarantees: {
    durability:
      'as chosen: survives the process (none), a power cut but for the last interval (interval), or a power cut (always)',
    order: 'lines stand in the order in which they came',
    onError: 'keeps the lines and tries again; a line that was written only in part is cut off first',
  },
  options: fileOptions,
  examples: [
    {
      title: 'Small files in a directory of their own',
      yaml: 'type: file\ndirectory: ./logs/web\nmaxSize: 1MiB\n',
    },
    {
      title: 'Nothing that was stored is lost in a power cut; thirty archives are kept',
      yaml: 'type: file\ndurability: always\nretention:\n  maxFiles: 30\n',
    },
    {
      title: 'Archives are compressed with gzip, and take at most 10 GiB',
      yaml: 'type: file\ncompress: gzip\nretention:\n  maxTotalSize: 10GiB\n',
    },
    { title: 'JSON of each line and its fields', yaml: 'type: file\nencoding: json\n' },
    {
      title: 'Each line with its time',
      yaml: 'type: file\nencoding:\n  template: "{time} {message}"\n',
    },
  ],
  keepsHistory: true,
  claims: ({ directory }) => [`directory ${resolve(directory)}`],
  create: (options, context) => new FileSink(options, context),
});
