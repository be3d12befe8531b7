import { expect, test } from 'vitest';
import { collect, connectForTest, startTcp, until, write } from './harness.ts';

test('the number of clients is right whatever ends them', async () => {
  const { source, context, port, connect } = await startTcp({ maxConnections: 30 });
  collect(source);
  let open = 0;
  const expectClients = async (): Promise<void> => {
    await until(() => source.clients!() === open);
  };

  const clients = await Promise.all(Array.from({ length: 30 }, () => connect()));
  open = 30;
  await expectClients();
  const refused = await connectForTest({ port, host: '127.0.0.1' });
  await until(() => refused.destroyed || context.notes.get('refusedConnections') === 1);
  await expectClients();

  const endings = [
    () => clients[open - 1]!.end(),
    () => clients[open - 1]!.end('last words'),
    () => clients[open - 1]!.destroy(),
    () => clients[open - 1]!.resetAndDestroy(),
    () => {
      clients[open - 1]!.write('half a line');
      clients[open - 1]!.resetAndDestroy();
    },
  ];
  for (let turn = 0; open > 0; turn++) {
    endings[turn % endings.length]!();
    open--;
    await expectClients();
  }
  expect(source.inspect!()).toMatchObject({ clients: 0, connections: 30, waiting: 0 });
});

test('clients that come and go without credit are counted right as well', async () => {
  const { source, context, connect } = await startTcp();
  const collected = collect(source);
  context.credit.close();
  const clients = await Promise.all(Array.from({ length: 10 }, () => connect()));
  await Promise.all(clients.map((client, index) => write(client, `line ${index}\n`)));
  await until(() => source.inspect!()['waiting'] === 10);
  for (const [index, client] of clients.entries()) {
    if (index % 2 === 0) client.resetAndDestroy();
    else client.end();
  }
  context.credit.open();
  await until(() => source.clients!() === 0);
  expect(collected.texts().toSorted()).toEqual(Array.from({ length: 10 }, (_, index) => `line ${index}`));
});
