import { expect, test } from 'vitest';
import { folder, GOOD, runCli } from '../run-cli.ts';

test('draws a tree', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD });
  const { code, out } = await runCli(['graph'], { cwd });
  expect(code).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "source tcp (tcp) port: 9999
    └─ pipeline main
       │    no-health (filter): not: { word: GET /health }
       │    set: fields: { service: checkout }
       ├─ sink ring (ring) queue 16 MiB, block
       ├─ sink files (file) queue 16 MiB, block; directory: ./logs
       └─ pipeline errors
          │    filter: regex: ERROR|FATAL
          └─ sink errors (file) queue 1 MiB, dropOldest; directory: ./errors
    source web (unix) path: ./web.sock
    └─ pipeline main (see above)
    "
  `);
});

test('cuts what is too long, and shows no secret and no control character', async () => {
  const text = GOOD.replace('{ word: GET /health }', `{ word: "\\u001b[2J${'x'.repeat(200)}" }`).replace(
    'service: checkout',
    'token: "${API_TOKEN}"',
  );
  const cwd = await folder({ 'logcaster.yaml': text });
  const { out, code } = await runCli(['graph'], { cwd, env: { API_TOKEN: 'hunter2hunter2' } });
  expect(code).toBe(0);
  expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(out).toContain('\\u001b[2Jxxx');
  expect(out).toContain('…');
  expect(out).toContain('token: ***');
  expect(out).not.toContain('hunter2');
  expect(out).not.toContain('\u001b');
});

test('draws for Mermaid', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD });
  const { out } = await runCli(['graph', '--format', 'mermaid'], { cwd });
  expect(out).toMatchInlineSnapshot(`
    "flowchart LR
      source1(["<b>tcp</b><br>tcp"])
      source2(["<b>web</b><br>unix"])
      pipeline1["<b>main</b><br>no-health (filter)<br>set"]
      pipeline2["<b>errors</b><br>filter"]
      sink1[("<b>ring</b><br>ring")]
      sink2[("<b>files</b><br>file")]
      sink3[("<b>errors</b><br>file")]
      source1 --> pipeline1
      source2 --> pipeline1
      pipeline1 -->|"16 MiB, block"| sink1
      pipeline1 -->|"16 MiB, block"| sink2
      pipeline1 --> pipeline2
      pipeline2 -->|"1 MiB, dropOldest"| sink3
    "
  `);
});

test('draws for Graphviz', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD });
  const { out } = await runCli(['graph', '--format', 'dot'], { cwd });
  expect(out).toMatchInlineSnapshot(`
    "digraph logcaster {
      rankdir=LR
      node [fontname="sans-serif"]
      "source tcp" [label="tcp\\ntcp", shape=oval]
      "source web" [label="web\\nunix", shape=oval]
      "pipeline main" [label="main\\nno-health (filter)\\nset", shape=box]
      "pipeline errors" [label="errors\\nfilter", shape=box]
      "sink ring" [label="ring\\nring", shape=cylinder]
      "sink files" [label="files\\nfile", shape=cylinder]
      "sink errors" [label="errors\\nfile", shape=cylinder]
      "source tcp" -> "pipeline main"
      "source web" -> "pipeline main"
      "pipeline main" -> "sink ring" [label="16 MiB, block"]
      "pipeline main" -> "sink files" [label="16 MiB, block"]
      "pipeline main" -> "pipeline errors"
      "pipeline errors" -> "sink errors" [label="1 MiB, dropOldest"]
    }
    "
  `);
});

test('draws nothing of a bad configuration', async () => {
  const cwd = await folder({ 'logcaster.yaml': GOOD.replace('from: main', 'from: mian') });
  expect(await runCli(['graph'], { cwd })).toMatchObject({
    code: 78,
    out: '',
    err: expect.stringContaining('did you mean `main`?'),
  });
});

test('shows where dead letters go', async () => {
  const text = GOOD.replace('directory: ./errors, ', 'directory: ./errors, deadLetter: files, ');
  const cwd = await folder({ 'logcaster.yaml': text });
  const { out: tree } = await runCli(['graph'], { cwd });
  expect(tree).toContain(`
      └─ sink errors (file) queue 1 MiB, dropOldest; directory: ./errors
         └─ dead letters to sink files (file) queue 16 MiB, block; directory: .…
`);
  const { out: mermaid } = await runCli(['graph', '--format', 'mermaid'], { cwd });
  expect(mermaid).toContain('sink3 -.->|"dead letters"| sink2');
  const { out: dot } = await runCli(['graph', '--format', 'dot'], { cwd });
  expect(dot).toContain('"sink errors" -> "sink files" [label="dead letters", style=dashed]');
});
