// The facts of this node as the live page lists them, from its status.
import { took } from './lanes.mjs';

const of = seconds => took(seconds * 1000);
const after = text => (text ? `: ${text}` : '');

const redirect = r => {
  const place = r.inPlace === null ? 'not yet looked at' : r.inPlace ? 'in place' : 'absent',
    wrong = r.inPlace !== null && r.inPlace !== r.wanted ? ', and should not be so' : '';
  return `${r.family} ${place}${wrong}${after(r.failure)}`;
};

const lease = l =>
  l.length === null
    ? `none: ${l.trouble}`
    : `${l.length} s, ${l.runs ? 'refreshed' : 'not refreshed'}${after(l.trouble)}`;

const probe = p => {
  const last = p.ago === null ? 'none yet' : `${of(p.ago)} ago, took ${of(p.took)}`;
  return `${p.server}, ${last}${after(p.error)}; ${p.failed} of ${p.probes} failed`;
};

const verdict = v =>
  !v ? 'not yet observed' : v.reasons?.length ? v.reasons.join(', ') : `${v.verdict}: ${v.reason}`;

const counted = s => {
  const c = s.counters,
    turns = `${c.gateOpened} openings, ${c.gateClosed} closings, ${c.driftFound} drifts found`;
  return `${turns}, ${c.connectionsReset} clients reset; ${s.started.slice(0, 19)}Z, version ${s.version}`;
};

const rows = [
  ['since', s => `${s.gate.since.slice(0, 19)}Z, ${of(s.gate.seconds)}${after(s.gate.because)}`],
  ['what now', s => s.gate.whatNow ?? s.gate.next],
  [
    'clients',
    s => (!s.clients ? 'not counted' : (s.clients.trouble ?? `${s.clients.through} connected through the gate`)),
  ],
  ['gate', s => `${s.gate.port} to ${s.gate.serverPort}${s.dryRun ? ', a dry run: no rule is touched' : ''}`],
  ['node state', s => `${s.nodeState.state} for ${of(s.nodeState.seconds)}`],
  ['verdict', s => verdict(s.verdict)],
  ['holds', s => s.holds.map(h => `${h.hold}, by ${h.by}, for ${of(h.seconds)}: ${h.why}`).join('; ') || 'none'],
  ['redirects', s => s.redirects.map(redirect).join('; ') || 'none'],
  ['lease', s => lease(s.lease)],
  ['probe', s => probe(s.probe)],
  ['data disk', s => (s.disk ? (s.disk.trouble ?? `${s.disk.directory} takes writes`) : 'not probed')],
  [
    'journal',
    s => s.journal.trouble ?? `event ${s.journal.seq}, ${s.journal.seq - s.journal.onDisk} not yet on disk`,
  ],
  ['archive', s => (!s.archive ? 'none' : (s.archive.trouble ?? `${s.archive.lagEvents ?? '?'} events behind`))],
  ['since it started', counted],
];

export const factsOf = status => rows.map(([name, words]) => [name, words(status)]);
