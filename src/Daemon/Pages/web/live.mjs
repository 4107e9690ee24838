// The live page: what the daemon says of itself as it changes, and the last hours.
// What is old is never shown as what is.
import { select } from 'd3-selection';
import { factsOf } from './facts.mjs';
import { Swimlanes, clock, took } from './lanes.mjs';

const silentAfter = 6000,
  askAgain = 2000,
  othersEvery = 10000,
  fleetEvery = 3000,
  clientsEvery = 10000;
// What a person asks for first; the rest, and each rule, is a click away.
const turns = new Set([
  'GateOpened',
  'GateAdopted',
  'GateClosed',
  'HoldPlaced',
  'HoldLifted',
  'DaemonStarted',
  'DaemonStopped',
  'LeaseLapsed',
  'LoopStalled',
  'ServerRestarted',
  'ConnectionsReset',
]);

// Colour and sign: one that sees no colours reads the sign.
const tick = 'M4 8.5l3 3 5-6',
  cross = 'M5 5l6 6M11 5l-6 6',
  icons = {
    open: ['#23704a', tick],
    some: ['#8f5c0f', tick],
    closed: ['#b03028', cross],
    lost: ['#5b6570', 'M5 8h6'],
  };

const times = count => ['never', 'once', 'twice'][count] ?? `${count} times`;

export function live() {
  const lanes = new Swimlanes(),
    minutes = document.getElementById('minutes');
  let source,
    heard = performance.now(),
    state = null,
    drawnSeq = null,
    drawnAt = 0,
    asking = false,
    offset = 0,
    fleet = null,
    askingFleet = false,
    chosen = false,
    byHand = false,
    data = null;
  const every = document.getElementById('every');

  function listen() {
    source = new EventSource('ui/stream');
    source.addEventListener('state', event => take(JSON.parse(event.data)));
    // The browser gives up after a refusal; then connect again.
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, askAgain);
    });
  }

  function take(next) {
    if (next.status.version !== document.body.dataset.version) {
      location.reload();
      return;
    }
    heard = performance.now();
    offset = new Date(next.status.at) - Date.now();
    if (state && state.status.started !== next.status.started) drawnSeq = null;
    state = next;
    write(next);
    lose();
    tiles();
    draw();
  }

  // Once for whatever is new here; what is new on other nodes is asked for now and then.
  async function draw() {
    const now = performance.now(),
      others = state?.status.archive != null && now - drawnAt > othersEvery;
    if (asking || !state || (state.status.journal.onDisk === drawnSeq && !others)) return;
    asking = true;
    const seq = state.status.journal.onDisk;
    try {
      const answer = await fetch('ui/lanes?minutes=' + minutes.value);
      if (!answer.ok) throw new Error((await answer.text()).trim());
      data = await answer.json();
      [drawnSeq, drawnAt] = [seq, now];
      if (choose(data)) {
        drawnSeq = null;
        return;
      }
      lanes.show(data);
      hatch();
      advance();
      const others = data.nodes.filter(node => node !== state.status.node),
        last = node =>
          data.events
            .filter(e => e.node === node)
            .map(e => e.at)
            .sort()
            .at(-1);
      const heardOf = node => `${node} ${last(node)?.slice(0, 19).replace('T', ' ').concat('Z') ?? 'before that'}`;
      const told =
        'Other nodes are as the archive has them, and a node that is down sends nothing: its bars may be stale. ' +
        'Last event: ';
      put('told', others.length === 0 ? '' : told + others.map(heardOf).join(', '));
      trouble(data.trouble);
    } catch (problem) {
      drawnAt = now;
      trouble('The lanes cannot be shown: ' + problem.message);
    } finally {
      asking = false;
    }
  }

  // At first the shortest time that has all that is recorded: a young journal is no sliver.
  function choose(data) {
    if (chosen) return false;
    chosen = true;
    const first = data.spans.map(s => s.from).sort()[0],
      age = first ? (new Date(data.to) - new Date(first)) / 6e4 : 0;
    const fits = [...minutes.options].map(o => o.value).find(value => +value >= age) ?? minutes.value;
    if (+fits >= +minutes.value) return false;
    minutes.value = fits;
    return true;
  }

  async function askFleet() {
    if (askingFleet) return;
    askingFleet = true;
    try {
      const answer = await fetch('ui/fleet');
      if (answer.ok) {
        fleet = await answer.json();
        tiles();
        hatch();
      }
    } catch {
      // The stream says that the daemon is gone.
    } finally {
      askingFleet = false;
    }
  }

  async function askClients() {
    try {
      const answer = await fetch('ui/clients');
      if (answer.ok) lanes.clients(await answer.json());
    } catch {
      // The stream says that the daemon is gone.
    }
  }

  // Nothing is known of a silent node after its last event.
  function hatch() {
    if (!data) return;
    const last = node =>
        data.events
          .filter(e => e.node === node)
          .map(e => e.at)
          .sort()
          .at(-1) ?? data.from,
      silent = new Map();
    for (const node of fleet?.nodes ?? []) if (node.open === null) silent.set(node.node, new Date(last(node.node)));
    if (document.body.classList.contains('lost') && state) silent.set(state.status.node, new Date(state.status.at));
    lanes.silent(silent);
  }

  // One big tile a node: who looks from across the room sees which one is not green.
  function tiles() {
    const lost = document.body.classList.contains('lost'),
      s = state?.status;
    const own = s && {
      node: s.node,
      gate: state.isLive ? s.gate.phase : 'not known',
      open: state.isLive && !lost ? s.gate.open : null,
      why: s.gate.why,
      whatNow: s.gate.whatNow,
      seconds: s.gate.seconds,
      clients: s.clients?.through ?? null,
      closedLastHour: s.gate.closedLastHour,
      from: 'daemon',
      own: true,
    };
    const others = (fleet?.nodes ?? []).filter(node => node.node !== s?.node),
      all = [...(own ? [own] : []), ...others].sort((a, b) => (a.node < b.node ? -1 : 1));
    const tone = n =>
      n.open === null || lost
        ? 'plain'
        : n.open
          ? n.gate === 'open'
            ? 'good'
            : 'caution'
          : n.gate === 'held'
            ? 'caution'
            : 'bad';
    const word = n =>
      n.open === null ? (n.gate === 'not known' ? 'NO ANSWER' : `was ${n.gate}`) : n.gate.toUpperCase();
    const tile = select('#tiles')
      .selectAll('li')
      .data(all, n => n.node)
      .join(enter => {
        const li = enter.append('li');
        for (const part of ['name', 'word', 'why', 'now']) li.append('div').attr('class', part);
        return li;
      })
      .order();
    tile.attr('class', n => `tile ${tone(n)}`);
    tile.select('.name').text(n => n.node + (n.own ? ' (this node)' : ''));
    tile.select('.word').text(word);
    tile
      .select('.why')
      .text(n =>
        n.open === null
          ? [n.trouble, n.from === 'archive' ? `the archive knows it as of ${took(n.age * 1000)} ago` : null]
              .filter(Boolean)
              .join('; ')
          : n.open && n.gate === 'open'
            ? ''
            : (n.why ?? ''),
      );
    tile
      .select('.now')
      .text(n =>
        [
          n.seconds != null && n.open !== null ? `for ${took(n.seconds * 1000)}` : '',
          n.clients != null ? `${n.clients} client${n.clients === 1 ? '' : 's'}` : '',
          n.closedLastHour ? `closed ${times(n.closedLastHour)} in the last hour` : '',
        ]
          .filter(Boolean)
          .join(' · '),
      );
    put('notes', (fleet?.notes ?? []).join('; '));
    const known = all.filter(n => n.open !== null),
      open = known.filter(n => n.open).length;
    const look = lost ? 'lost' : !own?.open ? 'closed' : open < all.length ? 'some' : 'open';
    icon(...icons[look]);
    // The state first: a tab shows no more than some letters.
    const count = all.length > 1 ? `, ${open} of ${all.length} open` : '';
    document.title = lost || !own ? `no answer: ${s?.node ?? 'GaleraGate'}` : `${own.node}: ${own.gate}${count}`;
  }

  // The tab shows how this node is, and whether the others are well, without being looked at.
  function icon(colour, sign) {
    const link = document.querySelector('link[rel=icon]'),
      square = `<rect width="16" height="16" rx="4" fill="${colour}"/>`,
      line = `<path d="${sign}" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round"/>`,
      svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${square}${line}</svg>`,
      href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
    if (link.href !== href) link.href = href;
  }

  const trouble = text =>
    select('#trouble')
      .attr('hidden', text ? null : true)
      .text(text ?? '');

  function advance() {
    if (drawnSeq === null) return;
    const to = new Date(
      state && !document.body.classList.contains('lost') ? Date.now() + offset : new Date(state.status.at),
    );
    // Until somebody chooses a time, none is shown in which nothing was recorded.
    const first = byHand ? 0 : Math.min(...(data?.spans ?? []).map(s => +new Date(s.from)));
    lanes.between(new Date(Math.max(to - minutes.value * 6e4, Math.min(first, to - 1e4))), to);
  }

  // A daemon that is gone, frozen or behind a dead network says nothing: the page says so.
  function lose() {
    const silent = performance.now() - heard,
      isLost = silent > silentAfter;
    if (document.body.classList.contains('lost') !== isLost) document.body.classList.toggle('lost', isLost);
    const since = state ? ' since ' + clock(state.status.at) : '';
    const then = 'what is below was so then, and may not be so now. Trying again.';
    put('lost', isLost ? `No answer from the daemon${since}: ${then}` : '');
    if (isLost) {
      tiles();
      hatch();
    }
  }

  function write({ words, isLive, status: s }) {
    const gate = document.getElementById('gate');
    const phase = isLive ? s.gate.phase : 'not known';
    put('node', s.node);
    put('gate', phase);
    gate.className = !isLive
      ? 'bad'
      : s.gate.open
        ? s.gate.phase === 'open'
          ? 'good'
          : 'caution'
        : s.gate.phase === 'opening'
          ? 'caution'
          : 'bad';
    put('words', words);
    const rows = select('#facts')
      .selectAll('div')
      .data(factsOf(s), row => row[0])
      .join(enter => {
        const row = enter.append('div');
        row.append('dt');
        row.append('dd');
        return row;
      });
    rows.select('dt').text(row => row[0]);
    rows.select('dd').text(row => row[1]);
    const recent = select('#recent tbody')
      .selectAll('tr')
      .data([...s.recent].filter(e => every.checked || turns.has(e.type)).reverse(), e => e.seq)
      .join(enter => {
        const row = enter.insert('tr', ':first-child');
        for (let i = 0; i < 3; i++) row.append('td');
        return row;
      })
      .order();
    recent
      .attr('tabindex', 0)
      .on('click', (_, e) => lanes.explain(s.node + '/' + e.seq))
      .on('keydown', (event, e) => {
        if (event.key === 'Enter') lanes.explain(s.node + '/' + e.seq);
      });
    recent
      .select('td:nth-child(1)')
      .attr('class', 't')
      .text(e => (e.at.slice(0, 10) === s.at.slice(0, 10) ? clock(e.at) : e.at.slice(0, 19).replace('T', ' ') + 'Z'));
    recent.select('td:nth-child(2)').text(e => e.words);
    recent
      .select('td:nth-child(3)')
      .attr('class', 'quiet')
      .text(e => `${e.type} #${e.seq}`);
  }

  // A reader aloud says what changes, not what is written again.
  function put(id, text) {
    const element = document.getElementById(id);
    if (element.textContent !== text) element.textContent = text;
  }

  minutes.addEventListener('change', () => {
    chosen = byHand = true;
    drawnSeq = null;
    draw();
  });
  every.addEventListener('change', () => {
    if (state) write(state);
  });
  setInterval(askFleet, fleetEvery);
  askFleet();
  setInterval(askClients, clientsEvery);
  askClients();
  setInterval(() => {
    lose();
    advance();
    draw();
  }, 1000);
  listen();
}
