/** What can be asked over HTTP, by path. */
import type { Clock } from '../../core/clock.ts';
import type { LedgerStatement } from '../../core/ledger.ts';
import { answerTo, toComplaint } from '../answering/answer.ts';
import type { Answering } from '../answering/answering.ts';
import { ownObject } from '../answering/format-json.ts';
import { ownLine } from '../answering/format-text.ts';
import type { AnswerFormat, AskedQuestion, TailQuestion } from '../questions/question.ts';
import {
  type Parameters,
  readCount,
  readNothing,
  readSearch,
  readTail,
  readTop,
} from '../questions/read-parameters.ts';
import { formatEvents, readLastEvent } from './events.ts';
import type { Exchange } from './exchange.ts';
import { openApi } from './openapi.ts';

/** What the routes need. */
export interface RoutesContext {
  readonly answering: Answering;
  readonly clock: Clock;
  /** ms between two comments of a tail in which nothing comes. */
  readonly heartbeat: number;
  ledger(): LedgerStatement;
  /** Whether lines are taken in: not yet, or not any more, if not. */
  state(): 'starting' | 'ready' | 'stopping';
}

/** Answers a request. What it throws before the answer has begun becomes a problem. */
export type Route = (
  exchange: Exchange,
  parameters: Parameters,
  context: RoutesContext,
) => Promise<void> | void;

/** The content types of answers to questions. */
const CONTENT_TYPES: Readonly<Record<AnswerFormat, string>> = {
  text: 'text/plain; charset=utf-8',
  json: 'application/x-ndjson',
};

interface RouteEntry {
  readonly route: Route;
  /** Whether it asks for no token. */
  readonly isOpen: boolean;
}

/** Paths, and whether they ask for the token. */
export const ROUTES: ReadonlyMap<string, RouteEntry> = new Map<string, RouteEntry>([
  ['/api/search', { route: search, isOpen: false }],
  ['/api/count', { route: count, isOpen: false }],
  ['/api/top', { route: top, isOpen: false }],
  ['/api/tail', { route: tail, isOpen: false }],
  ['/api/stats', { route: stats, isOpen: false }],
  ['/api/openapi.json', { route: description, isOpen: false }],
  ['/healthz', { route: health, isOpen: true }],
  ['/readyz', { route: readiness, isOpen: true }],
]);

function search(exchange: Exchange, parameters: Parameters, context: RoutesContext): Promise<void> {
  return answer(exchange, { kind: 'search', ...readSearch(parameters, context.clock.now()) }, context);
}

function count(exchange: Exchange, parameters: Parameters, context: RoutesContext): Promise<void> {
  return answer(exchange, { kind: 'count', ...readCount(parameters, context.clock.now()) }, context);
}

function top(exchange: Exchange, parameters: Parameters, context: RoutesContext): Promise<void> {
  return answer(exchange, { kind: 'count', ...readTop(parameters, context.clock.now()) }, context);
}

function stats(exchange: Exchange, parameters: Parameters, context: RoutesContext): void {
  readNothing(parameters);
  exchange.sendJson(200, context.ledger());
}

function description(exchange: Exchange, parameters: Parameters): void {
  readNothing(parameters);
  exchange.sendJson(200, openApi());
}

/** It answers, so the process lives and its event loop turns. */
function health(exchange: Exchange, parameters: Parameters): void {
  readNothing(parameters);
  exchange.sendJson(200, { status: 'ok' });
}

function readiness(exchange: Exchange, parameters: Parameters, context: RoutesContext): void {
  readNothing(parameters);
  const status = context.state();
  exchange.sendJson(status === 'ready' ? 200 : 503, { status });
}

async function answer(exchange: Exchange, asked: AskedQuestion, { answering }: RoutesContext): Promise<void> {
  const headers = { 'Content-Type': CONTENT_TYPES[asked.format] };
  if (exchange.isHead) {
    exchange.begin(200, headers);
    return exchange.end();
  }
  const parts = answerTo(asked, answering, exchange.signal);
  try {
    // The status is that of the first part: until it is there, everything can still go wrong.
    let step = await parts.next();
    exchange.begin(200, headers);
    for (; !step.done; step = await parts.next()) await exchange.write(step.value);
    exchange.end();
  } catch (error) {
    if (!exchange.hasBegun || exchange.signal.aborted) throw error;
    // Without a summary at its end it is no complete answer.
    const complaint = toComplaint(error);
    await exchange.write(
      asked.format === 'json' ? ownObject({ error: complaint }) : ownLine(`failed: ${complaint.message}`),
    );
    exchange.end();
    throw error;
  } finally {
    await parts.return().catch(() => {});
  }
}

async function tail(exchange: Exchange, parameters: Parameters, context: RoutesContext): Promise<void> {
  const { answering, clock, heartbeat } = context;
  const { question, format } = readTail(parameters, clock.now());
  if (format === 'text') return answer(exchange, { kind: 'tail', question, format }, context);
  const headers = { 'Content-Type': 'text/event-stream; charset=utf-8' };
  if (exchange.isHead) {
    exchange.begin(200, headers);
    return exchange.end();
  }
  const last = readLastEvent(exchange.request.headers['last-event-id']?.toString());
  const resumed: TailQuestion = last ? { where: question.where, since: last.time } : question;
  const events = formatEvents(answering.tail(resumed, exchange.signal), { clock, heartbeat, last });
  try {
    let step = await events.next();
    exchange.begin(200, headers);
    for (; !step.done; step = await events.next()) await exchange.write(step.value);
    exchange.end();
  } finally {
    await events.return().catch(() => {});
  }
}
