// Swimlanes of node state, gate and rule over time, drawn into #lanes; #tip says what the pointer or the keyboard
// is on, #chain what led there.
import { select } from 'd3-selection';
import { scaleUtc } from 'd3-scale';
import { axisTop } from 'd3-axis';
import { zoom, zoomIdentity } from 'd3-zoom';
import { ClientChart, chartHeight } from './clients.mjs';

const laneHeight = 16,
  laneGap = 3,
  nodeGap = 14,
  axisHeight = 26;
// Of one node alone nobody can say how many were open: then there is no band.
let left = 118,
  bandHeight = 48,
  clientsTop = axisHeight,
  top = axisHeight + bandHeight + 12;
const lanes = ['Node', 'Gate', 'Rule'];
const nodeHeight = lanes.length * (laneHeight + laneGap) + nodeGap;
const at = text => new Date(text);
const keyOf = one => one.node + '/' + one.seq;

const isOpen = s => s.lane === 'Gate' && (s.value === 'Open' || s.value === 'Closing');
// As much of a text as a bar of this width has room for.
const fit = (text, width) =>
  width < 26
    ? ''
    : text.length * 6.3 + 8 <= width
      ? text
      : text.slice(0, Math.max(0, Math.floor((width - 14) / 6.3))) + '…';

export const clock = text => text.slice(11, 23) + 'Z';
export const took = ms =>
  ms < 1000
    ? `${Math.round(ms)} ms`
    : ms < 120000
      ? `${(ms / 1000).toFixed(1)} s`
      : ms < 72e5
        ? `${Math.floor(ms / 60000)} min ${Math.round((ms % 60000) / 1000)} s`
        : ms < 1728e5
          ? `${(ms / 36e5).toFixed(1)} h`
          : `${(ms / 864e5).toFixed(1)} days`;

export class Swimlanes {
  #data;
  #events;
  #from;
  #to;
  #x = scaleUtc();
  #shown = this.#x;
  #zoomed = zoomIdentity;
  #svg = select('#lanes');
  #tip = select('#tip');
  #clip;
  #axis;
  #names;
  #plot;
  #zoom;
  #spans;
  #marks;
  #band = [];
  #clients;
  #silent = new Map();

  constructor() {
    this.#clip = this.#svg.append('clipPath').attr('id', 'plot').append('rect').attr('x', left).attr('y', 0);
    const hatch = this.#svg
      .append('defs')
      .append('pattern')
      .attr('id', 'hatch')
      .attr('width', 7)
      .attr('height', 7)
      .attr('patternUnits', 'userSpaceOnUse')
      .attr('patternTransform', 'rotate(45)');
    hatch.append('rect').attr('width', 7).attr('height', 7).attr('class', 'hatch-back');
    hatch.append('line').attr('y2', 7).attr('class', 'hatch-line');
    this.#axis = this.#svg
      .append('g')
      .attr('class', 'axis')
      .attr('aria-hidden', true)
      .attr('transform', `translate(0,${axisHeight - 4})`);
    this.#names = this.#svg.append('g').attr('aria-hidden', true);
    this.#plot = this.#svg.append('g').attr('clip-path', 'url(#plot)');
    for (const layer of ['bands', 'counts', 'bars', 'hatches', 'labels', 'marks'])
      this.#plot.append('g').attr('class', layer);
    this.#clients = new ClientChart(
      this.#plot.select('.counts'),
      (event, title, lines) => this.#tell(event, title, lines),
      () => this.#tip.attr('hidden', true),
    );
    this.#zoom = zoom()
      .scaleExtent([1, 5000])
      .on('zoom', event => {
        this.#zoomed = event.transform;
        this.#draw();
      });
    this.#svg.call(this.#zoom).on('dblclick.zoom', () => this.whole());
    select('#whole').on('click', () => this.whole());
    addEventListener('resize', () => this.#size());
    addEventListener('beforeprint', () => {
      this.whole();
      this.#size();
    });
  }

  whole() {
    this.#svg.call(this.#zoom.transform, zoomIdentity);
  }

  // Shows these data; what was there before stays the same element, so that a focus stays where it is.
  show(data) {
    this.#data = data;
    this.#events = new Map(data.events.map(e => [keyOf(e), e]));
    bandHeight = data.nodes.length > 1 ? 48 : 0;
    clientsTop = axisHeight + (bandHeight > 0 ? bandHeight + 10 : 4);
    top = clientsTop + (this.#clients.isShown ? chartHeight + 12 : bandHeight > 0 ? 2 : 0);
    this.#count();
    this.#write();

    const titleOf = s => {
      const label = s.label && s.label !== s.value ? `, ${s.label}` : '';
      return s.lane === 'Cause' ? `${s.node}: ${s.value}` : `${s.node} ${s.lane.toLowerCase()}: ${s.value}${label}`;
    };
    const showSpan = (event, s) =>
      this.#tell(event, titleOf(s), [
        `${clock(s.from)} to ${s.to ? clock(s.to) : 'the end'}`,
        took((s.to ? at(s.to) : this.#to) - at(s.from)),
        'click: what led there',
      ]);
    const hide = () => this.#tip.attr('hidden', true);
    this.#spans = this.#plot
      .select('.bars')
      .selectAll('rect')
      .data(data.spans, s => `${keyOf(s)}/${s.lane}`)
      .join('rect')
      .attr('class', s => `${s.lane === 'Cause' ? 'cause' : 'span ' + s.lane.toLowerCase()} ${s.tone}`)
      .attr('y', s => this.#y(s.node, s.lane))
      .attr('height', laneHeight)
      .attr('tabindex', 0)
      .attr('role', 'img')
      .attr('aria-label', s => `${s.node} ${s.lane.toLowerCase()} ${s.value}, ${s.from} to ${s.to ?? 'the end'}`)
      .on('pointermove', showSpan)
      .on('focus', showSpan)
      .on('pointerleave', hide)
      .on('blur', hide)
      .on('click', (_, s) => this.explain(keyOf(s)))
      .on('keydown', (event, s) => {
        if (event.key === 'Enter') this.explain(keyOf(s));
      });
    this.#marks = this.#plot
      .select('.marks')
      .selectAll('circle')
      .data(
        data.events.filter(e => e.mark),
        keyOf,
      )
      .join('circle')
      .attr('class', e => `mark ${e.tone}`)
      .attr('r', 4)
      .attr('cy', e => this.#y(e.node, 'Gate') + laneHeight / 2)
      .on('pointermove', (event, e) => this.#tell(event, `${e.node} #${e.seq} ${e.type}`, [clock(e.at), e.words]))
      .on('pointerleave', hide)
      .on('click', (_, e) => this.explain(keyOf(e)));
    this.between(at(data.from), at(data.to));
  }

  // How many clients were connected through this node's gate, as /ui/clients answers.
  clients(answer) {
    const was = this.#clients.isShown;
    this.#clients.take(answer);
    if (!this.#data) return;
    const [from, to] = [this.#from, this.#to];
    if (was !== this.#clients.isShown) this.show(this.#data);
    this.between(from, to);
  }

  #count() {
    this.#band = bandHeight > 0 ? band(this.#data, this.#silent) : [];
  }

  // Nodes that do not answer, and since when nothing is known of them: what is drawn after that is only what was so.
  silent(since) {
    this.#silent = since;
    if (!this.#data) return;
    this.#count();
    this.#draw();
  }

  // The time that is shown; a stretch without an end lasts until its end.
  between(from, to) {
    [this.#from, this.#to] = [from, to];
    this.#size();
  }

  // The chain of causes, first cause first, with the time between.
  explain(key) {
    const chain = [],
      panel = select('#chain');
    for (
      let e = this.#events.get(key);
      e && chain.length < 32;
      e = e.cause ? this.#events.get(e.node + '/' + e.cause) : null
    )
      chain.unshift(e);
    panel.selectAll('*').remove();
    if (chain.length === 0) {
      panel.append('p').text('This began before what is shown.');
      return;
    }
    panel.append('h3').text(`What led to ${chain.at(-1).node} #${chain.at(-1).seq}`);
    const list = panel.append('ol');
    chain.forEach((e, i) => {
      const item = list.append('li').attr('class', e.tone);
      item
        .append('span')
        .attr('class', 'when')
        .text(clock(e.at) + (i > 0 ? ` +${took(at(e.at) - at(chain[i - 1].at))}` : ''));
      item.append('strong').text(` ${e.type} `);
      item.append('span').text(e.words);
      for (const note of this.#data.notes.filter(n => n.node === e.node && n.about === e.seq))
        item.append('div').attr('class', 'note').text(`${note.by}: ${note.text}`);
    });
  }

  // A cause stands in the lane of the node that it is of.
  #y(node, lane) {
    return (
      top +
      this.#data.nodes.indexOf(node) * nodeHeight +
      lanes.indexOf(lane === 'Cause' ? 'Node' : lane) * (laneHeight + laneGap)
    );
  }

  #write() {
    const names = this.#names,
      narrow = left < 100,
      longest = narrow ? 5 : 10;
    names.selectAll('*').remove();
    if (bandHeight > 0)
      names
        .append('text')
        .attr('class', 'count')
        .attr('x', 0)
        .attr('y', axisHeight + bandHeight / 2 + 4)
        .text(narrow ? 'open' : 'nodes open');
    if (this.#clients.isShown)
      names
        .append('text')
        .attr('class', 'count')
        .attr('x', 0)
        .attr('y', clientsTop + chartHeight / 2 + 4)
        .text('clients');
    for (const node of this.#data.nodes) {
      names
        .append('text')
        .attr('class', 'node')
        .attr('x', 0)
        .attr('y', this.#y(node, 'Gate') + 12)
        .text(node.length > longest ? node.slice(0, longest - 1) + '…' : node);
      for (const lane of lanes)
        names
          .append('text')
          .attr('class', 'lane')
          .attr('x', left - 6)
          .attr('y', this.#y(node, lane) + 12)
          .text(narrow ? lane[0] : lane.toLowerCase());
    }
  }

  #tell(event, title, lines) {
    const tip = this.#tip;
    tip.attr('hidden', null).selectAll('*').remove();
    tip.append('strong').text(title);
    for (const line of lines) tip.append('div').text(line);
    const box = tip.node().getBoundingClientRect();
    const [px, py] =
      event.type === 'focus'
        ? [event.target.getBoundingClientRect().left, event.target.getBoundingClientRect().bottom]
        : [event.clientX, event.clientY];
    tip
      .style('left', Math.max(4, Math.min(px + 12, innerWidth - box.width - 8)) + 'px')
      .style('top', Math.max(4, Math.min(py + 14, innerHeight - box.height - 8)) + 'px');
  }

  #size() {
    if (!this.#data) return;
    const width = this.#svg.node().clientWidth,
      wanted = width < 600 ? 62 : 118;
    if (wanted !== left) {
      left = wanted;
      this.#clip.attr('x', left);
      this.#write();
    }
    const height = top + this.#data.nodes.length * nodeHeight;
    this.#svg.attr('height', height);
    this.#clip.attr('height', height);
    this.#zoom
      .extent([
        [left, 0],
        [width - 4, height],
      ])
      .translateExtent([
        [left, 0],
        [width - 4, height],
      ]);
    this.#draw();
  }

  #draw() {
    const width = this.#svg.node().clientWidth;
    this.#x.domain([this.#from, this.#to]).range([left, width - 4]);
    const shown = (this.#shown = this.#zoomed.rescaleX(this.#x));
    this.#clip.attr('width', Math.max(0, width - left));
    this.#axis.call(
      axisTop(shown)
        .ticks(Math.max(2, Math.floor((width - left) / 110)))
        .tickFormat(date => this.#tick(date))
        .tickSizeOuter(0),
    );
    // A time that an edge would cut is not written.
    this.#axis
      .selectAll('.tick text')
      .attr('display', date => (shown(date) > width - 34 || shown(date) < 34 ? 'none' : null));
    this.#spans
      .attr('x', s => shown(at(s.from)))
      .attr('width', s => Math.max(1.5, shown(s.to ? at(s.to) : this.#to) - shown(at(s.from))));
    this.#marks.attr('cx', e => shown(at(e.at)));
    this.#clients.draw(shown, left, width - 4, clientsTop);
    this.#label(shown, width);
  }

  #label(shown, width) {
    const x = time => Math.min(width - 4, Math.max(left, shown(time))),
      end = s => (s.to ? at(s.to) : this.#to),
      all = this.#data.nodes.length;
    const texts = this.#data.spans
      .filter(s => s.lane !== 'Rule')
      .map(s => ({
        key: keyOf(s) + s.lane,
        x: x(at(s.from)),
        y: this.#y(s.node, s.lane) + 12,
        // What is hatched is read on the hatching.
        tone: this.#silent.has(s.node) && x(this.#silent.get(s.node)) < x(at(s.from)) + 20 ? 'plain' : s.tone,
        text: fit(s.label ?? s.value, x(end(s)) - x(at(s.from))),
      }))
      .filter(t => t.text);
    // What a cause says stands in its bar, not the state of the node below it.
    const causes = this.#data.spans
      .filter(s => s.lane === 'Cause')
      .map(s => [this.#y(s.node, s.lane) + 12, x(at(s.from)), x(end(s))]);
    const clear = t =>
      t.key.endsWith('Cause') ||
      !causes.some(([y, from, to]) => y === t.y && from < t.x + t.text.length * 6.3 + 10 && to > t.x);
    this.#plot
      .select('.labels')
      .selectAll('text')
      .data(texts.filter(clear), t => t.key)
      .join('text')
      .attr('class', t => `label ${t.tone}`)
      .attr('x', t => t.x + 4)
      .attr('y', t => t.y)
      .text(t => t.text);
    const bars = this.#plot
      .select('.bands')
      .selectAll('g')
      .data(this.#band, (_, i) => i)
      .join(enter => {
        const g = enter.append('g');
        g.append('rect');
        g.append('text').attr('class', 'label');
        return g;
      });
    const height = b => (b.open === 0 ? bandHeight : Math.max(6, (bandHeight * b.open) / all)),
      isNone = b => b.open === 0 && b.known === all,
      bandWords = b =>
        isNone(b) ? 'no node open' : b.known < all ? `${b.open} open, ${all - b.known} not known` : `${b.open}`,
      // The number alone, where there is no room for all of the words.
      bandText = (b, room) => (bandWords(b).length * 6.3 + 8 <= room ? bandWords(b) : room > 12 ? `${b.open}` : ''),
      toneOf = b => (b.known < all ? 'plain' : b.open === 0 ? 'bad' : b.open < Math.min(2, all) ? 'caution' : 'good');
    bars
      .select('rect')
      .attr('class', b => `band ${toneOf(b)}`)
      .attr('x', b => x(b.from))
      .attr('width', b => Math.max(1.5, x(b.to ?? this.#to) - x(b.from)))
      .attr('y', b => axisHeight + bandHeight - height(b))
      .attr('height', height)
      .on('pointermove', (event, b) =>
        this.#tell(event, isNone(b) ? 'NO NODE OPEN' : `${b.open} of ${b.known} known nodes open`, [
          `${clock(b.from.toISOString())} to ${b.to ? clock(b.to.toISOString()) : 'the end'}`,
          took((b.to ?? this.#to) - b.from),
        ]),
      )
      .on('pointerleave', () => this.#tip.attr('hidden', true));
    bars
      .select('text')
      .attr('class', b => `label ${toneOf(b)}`)
      .attr('x', b => x(b.from) + 4)
      .attr('y', axisHeight + bandHeight - 5)
      .text(b => bandText(b, x(b.to ?? this.#to) - x(b.from)));
    this.#plot
      .select('.hatches')
      .selectAll('rect')
      .data(
        [...this.#silent].filter(([node]) => this.#data.nodes.includes(node)),
        one => one[0],
      )
      .join('rect')
      .attr('class', 'hatch')
      .attr('data-node', ([node]) => node)
      .attr('data-since', ([, since]) => since.toISOString())
      .attr('fill', 'url(#hatch)')
      .attr('x', ([, since]) => x(since))
      .attr('width', ([, since]) => Math.max(0, x(this.#to) - x(since)))
      .attr('y', ([node]) => this.#y(node, 'Node'))
      .attr('height', nodeHeight - nodeGap);
  }

  // As fine as what is shown is short, and never by a clock of twelve hours.
  #tick(date) {
    const [a, b] = this.#shown.domain(),
      length = b - a,
      text = date.toISOString();
    return length < 10e3
      ? text.slice(14, 23)
      : length < 36e5
        ? text.slice(11, 19)
        : length < 2 * 864e5
          ? text.slice(11, 16)
          : text.slice(5, 16).replace('T', ' ');
  }
}

// How many nodes were open when, as stretches, by the gates' own lanes. A silent node is known up to its last event.
function band(data, silent) {
  const turns = data.spans
    .filter(s => s.lane === 'Gate')
    .map(s => {
      const since = silent.get(s.node),
        to = s.to ? at(s.to) : null;
      return { from: at(s.from), to: since && !(to < since && to) ? since : to, isOpen: isOpen(s) };
    })
    .filter(s => !(s.to && s.to <= s.from))
    .flatMap(s => [
      { at: s.from, open: s.isOpen ? 1 : 0, known: 1 },
      ...(s.to ? [{ at: s.to, open: s.isOpen ? -1 : 0, known: -1 }] : []),
    ])
    .sort((a, b) => a.at - b.at);
  const stretches = [];
  let open = 0,
    known = 0;
  turns.forEach((turn, i) => {
    [open, known] = [open + turn.open, known + turn.known];
    const next = turns[i + 1];
    if (next && +next.at === +turn.at) return;
    const last = stretches.at(-1);
    if (last && last.open === open && last.known === known) last.to = next?.at ?? null;
    else if (known > 0) stretches.push({ from: turn.at, to: next?.at ?? null, open, known });
  });
  return stretches;
}
