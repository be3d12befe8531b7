/**
 * What `defineConfig` knows of the built-in components and of the sections of a collector. There are only types here.
 *
 * Invariant: whoever exports `defineConfig` imports this file for its effect, since types that nobody names are left out
 * when the package is compiled.
 */
import type { InputOf } from '../core/component.ts';
import type { filter } from '../operators/filter.ts';
import type { js } from '../operators/js.ts';
import type { remove } from '../operators/remove.ts';
import type { set } from '../operators/set.ts';
import type { testsSection } from '../pipeline/trial/tests-section.ts';
import type { queryOptions } from '../query/query-options.ts';
import type { archive } from '../sinks/archive/archive.ts';
import type { blackhole } from '../sinks/blackhole.ts';
import type { file } from '../sinks/file/file.ts';
import type { ring } from '../sinks/ring/ring.ts';
import type { stdout } from '../sinks/stdout/stdout.ts';
import type { generate } from '../sources/generate/generate.ts';
import type { tcp } from '../sources/socket/tcp.ts';
import type { unix } from '../sources/socket/unix.ts';
import type { stdin } from '../sources/stdin.ts';

declare module '../config/define-config.ts' {
  interface SourceOptionsByType {
    generate: InputOf<typeof generate.options>;
    stdin: InputOf<typeof stdin.options>;
    tcp: InputOf<typeof tcp.options>;
    unix: InputOf<typeof unix.options>;
  }
  interface OperatorOptionsByType {
    filter: InputOf<typeof filter.options>;
    js: InputOf<typeof js.options>;
    remove: InputOf<typeof remove.options>;
    set: InputOf<typeof set.options>;
  }
  interface SinkOptionsByType {
    archive: InputOf<typeof archive.options>;
    blackhole: InputOf<typeof blackhole.options>;
    file: InputOf<typeof file.options>;
    ring: InputOf<typeof ring.options>;
    stdout: InputOf<typeof stdout.options>;
  }
  interface ConfigSections {
    /** Where queries are answered. Absent: nowhere. */
    readonly query?: InputOf<typeof queryOptions>;
    /** Tests of the pipelines, for `logcaster test`. */
    readonly tests?: InputOf<typeof testsSection>;
  }
}
