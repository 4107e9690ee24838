// The live page: what the daemon says of itself as it changes, and the last hours. What is old is never shown as what is.
import { select } from 'd3-selection';
import { Swimlanes, clock, took } from './lanes.mjs';

const silentAfter = 6000, askAgain = 2000, othersEvery = 10000;

export function live() {
  const lanes = new Swimlanes(), minutes = document.getElementById('minutes');
  let source, heard = performance.now(), state = null, drawnSeq = null, drawnAt = 0, asking = false, offset = 0;

  function listen() {
    source = new EventSource('ui/stream');
    source.addEventListener('state', event => take(JSON.parse(event.data)));
    // Where the browser has given up, as behind a refusal, it is tried anew.
    source.addEventListener('error', () => { if (source.readyState === EventSource.CLOSED) setTimeout(listen, askAgain); });
  }

  function take(next) {
    if (next.status.version !== document.body.dataset.version) { location.reload(); return; }
    heard = performance.now();
    offset = new Date(next.status.at) - Date.now();
    if (state && state.status.started !== next.status.started) drawnSeq = null;
    state = next;
    write(next);
    lose();
    draw();
  }

  // Once for whatever is new here; what is new on other nodes is asked for now and then.
  async function draw() {
    const now = performance.now(), others = state?.status.archive != null && now - drawnAt > othersEvery;
    if (asking || !state || (state.status.journal.onDisk === drawnSeq && !others)) return;
    asking = true;
    const seq = state.status.journal.onDisk;
    try {
      const answer = await fetch('ui/lanes?minutes=' + minutes.value);
      if (!answer.ok) throw new Error((await answer.text()).trim());
      const data = await answer.json();
      [drawnSeq, drawnAt] = [seq, now];
      lanes.show(data);
      advance();
      const others = data.nodes.filter(node => node !== state.status.node), last = node => data.events.filter(e => e.node === node).map(e => e.at).sort().at(-1);
      put('told', others.length === 0 ? '' : 'Other nodes are as the archive has them, and one that is down tells nothing. Last event: '
        + others.map(node => `${node} ${last(node)?.slice(0, 19).replace('T', ' ').concat('Z') ?? 'before that'}`).join(', '));
      trouble(data.trouble);
    } catch (problem) {
      drawnAt = now;
      trouble('The lanes cannot be shown: ' + problem.message);
    } finally {
      asking = false;
    }
  }

  const trouble = text => select('#trouble').attr('hidden', text ? null : true).text(text ?? '');

  function advance() {
    if (drawnSeq === null) return;
    const to = new Date(state && !document.body.classList.contains('lost') ? Date.now() + offset : new Date(state.status.at));
    lanes.between(new Date(to - minutes.value * 6e4), to);
  }

  // A daemon that is gone, frozen or behind a dead network says nothing: the page says so.
  function lose() {
    const silent = performance.now() - heard, isLost = silent > silentAfter;
    if (document.body.classList.contains('lost') !== isLost) document.body.classList.toggle('lost', isLost);
    const text = isLost ? `No answer from the daemon${state ? ' since ' + clock(state.status.at) : ''}: what is below was so then, and may not be so now. Trying again.` : '';
    put('lost', text);
    if (isLost) document.title = `no answer: ${state?.status.node ?? 'GaleraGate'}`;
  }

  function write({ words, isLive, status: s }) {
    const gate = document.getElementById('gate');
    const phase = isLive ? s.gate.phase : 'not known';
    document.title = `${s.node}: ${phase}`;
    put('node', s.node);
    put('gate', phase);
    gate.className = !isLive ? 'bad' : s.gate.open ? (s.gate.phase === 'open' ? 'good' : 'caution') : s.gate.phase === 'opening' ? 'caution' : 'bad';
    put('words', words);
    const facts = {
      'since': `${s.gate.since.slice(0, 19)}Z, ${took(s.gate.seconds * 1000)}${s.gate.because ? ': ' + s.gate.because : ''}`,
      'waits for': s.gate.next,
      'gate': `${s.gate.port} to ${s.gate.serverPort}${s.dryRun ? ', a dry run: no rule is touched' : ''}`,
      'node state': `${s.nodeState.state} for ${took(s.nodeState.seconds * 1000)}`,
      'verdict': s.verdict ? (s.verdict.reasons?.length ? s.verdict.reasons.join(', ') : `${s.verdict.verdict}: ${s.verdict.reason}`) : 'not yet observed',
      'holds': s.holds.map(h => `${h.hold}, by ${h.by}, for ${took(h.seconds * 1000)}: ${h.why}`).join('; ') || 'none',
      'redirects': s.redirects.map(r => `${r.family} ${r.inPlace === null ? 'not yet looked at' : r.inPlace ? 'in place' : 'absent'}${r.inPlace !== null && r.inPlace !== r.wanted ? ', and should not be so' : ''}${r.failure ? ': ' + r.failure : ''}`).join('; ') || 'none',
      'lease': s.lease.length === null ? `none: ${s.lease.trouble}` : `${s.lease.length} s, ${s.lease.runs ? 'refreshed' : 'not refreshed'}${s.lease.trouble ? ': ' + s.lease.trouble : ''}`,
      'probe': `${s.probe.server}, ${s.probe.ago === null ? 'none yet' : `${took(s.probe.ago * 1000)} ago, took ${took(s.probe.took * 1000)}`}${s.probe.error ? ': ' + s.probe.error : ''}; ${s.probe.failed} of ${s.probe.probes} failed`,
      'data disk': s.disk ? s.disk.trouble ?? `${s.disk.directory} takes writes` : 'not probed',
      'journal': s.journal.trouble ?? `event ${s.journal.seq}, ${s.journal.seq - s.journal.onDisk} not yet on disk`,
      'archive': !s.archive ? 'none' : s.archive.trouble ?? `${s.archive.lagEvents ?? '?'} events behind`,
      'since it started': `${s.counters.gateOpened} openings, ${s.counters.gateClosed} closings, ${s.counters.driftFound} drifts found, ${s.counters.connectionsReset} clients reset; ${s.started.slice(0, 19)}Z, version ${s.version}`,
    };
    const rows = select('#facts').selectAll('div').data(Object.entries(facts), row => row[0]).join(enter => { const row = enter.append('div'); row.append('dt'); row.append('dd'); return row; });
    rows.select('dt').text(row => row[0]);
    rows.select('dd').text(row => row[1]);
    const recent = select('#recent tbody').selectAll('tr').data([...s.recent].reverse(), e => e.seq).join(enter => { const row = enter.insert('tr', ':first-child'); for (let i = 0; i < 3; i++) row.append('td'); return row; }).order();
    recent.attr('tabindex', 0).on('click', (_, e) => lanes.explain(s.node + '/' + e.seq)).on('keydown', (event, e) => { if (event.key === 'Enter') lanes.explain(s.node + '/' + e.seq); });
    recent.select('td:nth-child(1)').attr('class', 't').text(e => e.at.slice(0, 23).replace('T', ' ') + 'Z');
    recent.select('td:nth-child(2)').text(e => e.words);
    recent.select('td:nth-child(3)').attr('class', 'quiet').text(e => `${e.type} #${e.seq}`);
  }

  // A reader aloud says what changes, not what is written again.
  function put(id, text) { const element = document.getElementById(id); if (element.textContent !== text) element.textContent = text; }

  minutes.addEventListener('change', () => { drawnSeq = null; draw(); });
  setInterval(() => { lose(); advance(); draw(); }, 1000);
  listen();
}
