/**
 * Tests the package as its users get it: packs it, installs the tarball into an empty folder, and there runs the command and
 * imports every public entry; then installs a plugin from its tarball, and uses it. Needs a build. Leaves nothing behind.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { postThroughPlugin } from './pack/installed-plugin.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
};

const scratch = mkdtempSync(join(tmpdir(), 'logcaster-pack-'));
const folder = join(scratch, 'empty');

/** What the types of the package must accept, and what they must refuse. */
const TYPED_CONFIG = `
import { defineConfig } from 'logcaster';

export default defineConfig({
  sources: { tcp: { type: 'tcp', port: 0 } },
  pipelines: {
    main: { from: 'tcp', through: [{ type: 'js', run: (line) => line.text !== '' }], to: 'ring' },
  },
  sinks: { ring: { type: 'ring', maxLines: 1000 } },
  query: { port: 0 },
});

defineConfig({
  // @ts-expect-error -- a slip
  sources: { tcp: { type: 'tcp', prot: 0 } },
  pipelines: {},
  sinks: {},
});
`;

const PLUGIN_CONFIG = `
import { defineConfig } from 'logcaster';
import { webhook } from 'logcaster-sink-webhook';

const sources = { tcp: { type: 'tcp', port: 0 } } as const;
const pipelines = { main: { from: 'tcp', to: 'out' } };

export default defineConfig({
  plugins: [webhook],
  sources,
  pipelines,
  sinks: { out: { type: 'webhook', url: 'http://127.0.0.1:8080/' } },
});

defineConfig({
  sources,
  pipelines,
  // @ts-expect-error -- a slip
  sinks: { out: { type: 'webhook', ulr: 'http://127.0.0.1:8080/' } },
});
`;

const COMPILER_OPTIONS = {
  strict: true,
  noEmit: true,
  target: 'es2023',
  module: 'nodenext',
  typeRoots: [join(root, 'node_modules', '@types')],
  types: ['node'],
};

function run(command: string, args: readonly string[], cwd = folder): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Packs what is in a folder; answers the tarball. */
function pack(from: string): string {
  const packed = run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', scratch], from);
  return join(scratch, packed.trim());
}

function install(tarball: string): void {
  const options = ['--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  run('npm', ['install', ...options, tarball]);
}

function check(what: string, holds: boolean): void {
  if (!holds) throw new Error(`The packed package fails: ${what}`);
  console.log(`ok: ${what}`);
}

try {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  install(pack(root));

  const command = join(folder, 'node_modules', '.bin', 'logcaster');
  check('--version prints the version', run(command, ['--version']).trim() === manifest.version);
  check('--help shows how it is used', run(command, ['--help']).includes('Usage: logcaster'));

  const preload = join(scratch, 'old-node.cjs');
  writeFileSync(preload, "Object.defineProperty(process.versions, 'node', { value: '20.20.2' });\n");
  const old = spawnSync(command, ['--version'], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: `--require "${preload}"` },
  });
  check(
    'an old Node is refused in one line',
    old.status === 1 && old.stdout === '' && /^logcaster needs Node 22\.18 .*\n$/.test(old.stderr),
  );

  for (const entry of Object.keys(manifest.exports)) {
    const specifier = entry.replace(/^\./, 'logcaster');
    const attributes = entry.endsWith('.json') ? ", { with: { type: 'json' } }" : '';
    run(process.execPath, ['--input-type=module', '--eval', `await import('${specifier}'${attributes});`]);
    check(`${specifier} can be imported`, true);
  }

  writeFileSync(join(folder, 'logcaster.ts'), TYPED_CONFIG);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS }));
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '--project', folder]);
  check('its types know the built-in components and their options', true);
  check(
    'a typed configuration can be used',
    run(command, ['check', 'logcaster.ts']).includes('logcaster.ts'),
  );

  const plugin = join(root, 'examples', 'plugin-sink');
  install(pack(plugin));
  rmSync(join(folder, 'logcaster.ts'));
  copyFileSync(join(plugin, 'logcaster.yaml'), join(folder, 'logcaster.yaml'));
  check('an installed plugin is described', run(command, ['describe', 'webhook']).includes('Posts lines'));
  const posted = await postThroughPlugin(command, folder, 'hello');
  check('an installed plugin gets lines', posted === 'hello\n');
  writeFileSync(join(folder, 'typed.ts'), PLUGIN_CONFIG);
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '--project', folder]);
  check('the types of an installed plugin are known', true);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
