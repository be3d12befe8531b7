import { expect, test } from 'vitest';
import { checkImport } from '../../../scripts/lint/layers.ts';

test.each([
  ['src/core/batch.ts', './delivery.ts'],
  ['src/core/batch.ts', 'rxjs'],
  ['src/framing/newline.ts', '../core/batch.ts'],
  ['src/sinks/ring.ts', '../framing/newline.ts'],
  ['src/sinks/file.ts', './file/rotation.ts'],
  ['src/sinks/file/rotation.ts', './names.ts'],
  ['src/sinks/file/rotation.ts', '../../core/file-system.ts'],
  ['src/sinks/builtins.ts', './ring.ts'],
  ['src/config/check.ts', '../pipeline/build.ts'],
  ['src/cli/run.ts', '../sources/builtins.ts'],
  ['src/pipeline/sink/spill.ts', './sink-queue.ts'],
  ['src/pipeline/sink/spill.ts', '../containment/release.ts'],
  ['src/pipeline/sink/spill.ts', '../topology.ts'],
  ['src/pipeline/change/plan.ts', '../sink/sink-runner.ts'],
  ['src/index.ts', './pipeline/run.ts'],
  ['bin/logcaster.ts', '../src/cli/main.ts'],
  ['test/sinks/ring.test.ts', '../../src/sinks/ring.ts'],
])('%s may import %s', (importer, specifier) => {
  expect(checkImport(importer, specifier)).toBeUndefined();
});

test.each([
  ['src/core/batch.ts', '../framing/newline.ts', 'core may not import framing'],
  ['src/framing/newline.ts', '../sources/tcp.ts', 'framing may not import sources'],
  ['src/sources/tcp.ts', '../sinks/ring.ts', 'sources may not import sinks'],
  ['src/sources/tcp.ts', './http.ts', 'sources/tcp may not import sources/http'],
  ['src/sinks/ring.ts', './builtins.ts', 'sinks/ring may not import sinks/builtins'],
  ['src/sinks/file/rotation.ts', '../ring/arena.ts', 'sinks/file may not import sinks/ring'],
  ['src/pipeline/run.ts', '../sinks/builtins.ts', 'pipeline may not import sinks'],
  ['src/pipeline/sink/spill.ts', '../source/gate.ts', 'pipeline/sink may not import pipeline/source'],
  [
    'src/pipeline/containment/calls.ts',
    '../sink/gate.ts',
    'pipeline/containment may not import pipeline/sink',
  ],
  ['src/query/port.ts', '../pipeline/run.ts', 'query may not import pipeline'],
  ['src/config/check.ts', '../query/port.ts', 'config may not import query'],
  ['src/config/check.ts', '../cli/main.ts', 'config may not import cli'],
  ['src/core/batch.ts', '../index.ts', 'core may not import entry'],
  ['src/core/batch.ts', '../../test/help.ts', 'core may not import test/help.ts'],
  ['src/index.ts', './cli/main.ts', 'entry may not import cli'],
  ['bin/logcaster.ts', '../src/core/batch.ts', 'bin may not import core'],
  ['src/misc/odd.ts', '../core/batch.ts', 'src/misc/ is no known layer'],
])('%s may not import %s', (importer, specifier, message) => {
  expect(checkImport(importer, specifier)).toContain(message);
});
