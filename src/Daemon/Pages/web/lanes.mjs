// Swimlanes of node state, gate and rule over time, drawn into #lanes; #tip says what the pointer or the keyboard is on, #chain what led there.
import { select } from 'd3-selection';
import { scaleUtc } from 'd3-scale';
import { axisTop } from 'd3-axis';
import { zoom, zoomIdentity } from 'd3-zoom';

const laneHeight = 16, laneGap = 3, nodeGap = 14, left = 118, top = 26;
const lanes = ['Node', 'Gate', 'Rule'];
const nodeHeight = lanes.length * (laneHeight + laneGap) + nodeGap;
const at = text => new Date(text);
const keyOf = one => one.node + '/' + one.seq;

export const clock = text => text.slice(11, 23) + 'Z';
export const took = ms => ms < 1000 ? `${Math.round(ms)} ms` : ms < 120000 ? `${(ms / 1000).toFixed(1)} s` : ms < 72e5 ? `${Math.floor(ms / 60000)} min ${Math.round(ms % 60000 / 1000)} s` : ms < 1728e5 ? `${(ms / 36e5).toFixed(1)} h` : `${(ms / 864e5).toFixed(1)} days`;

export class Swimlanes {
  #data; #events; #from; #to; #x = scaleUtc(); #shown = this.#x; #zoomed = zoomIdentity;
  #svg = select('#lanes'); #tip = select('#tip'); #clip; #axis; #names; #plot; #zoom; #spans; #marks;

  constructor() {
    this.#clip = this.#svg.append('clipPath').attr('id', 'plot').append('rect').attr('x', left).attr('y', 0);
    this.#axis = this.#svg.append('g').attr('class', 'axis').attr('aria-hidden', true).attr('transform', `translate(0,${top - 6})`);
    this.#names = this.#svg.append('g').attr('aria-hidden', true);
    this.#plot = this.#svg.append('g').attr('clip-path', 'url(#plot)');
    this.#zoom = zoom().scaleExtent([1, 5000]).on('zoom', event => { this.#zoomed = event.transform; this.#draw(); });
    this.#svg.call(this.#zoom).on('dblclick.zoom', () => this.whole());
    select('#whole').on('click', () => this.whole());
    addEventListener('resize', () => this.#size());
    addEventListener('beforeprint', () => { this.whole(); this.#size(); });
  }

  whole() { this.#svg.call(this.#zoom.transform, zoomIdentity); }

  // Shows these data; what was there before stays the same element, so that a focus stays where it is.
  show(data) {
    this.#data = data;
    this.#events = new Map(data.events.map(e => [keyOf(e), e]));
    this.#names.selectAll('*').remove();
    for (const node of data.nodes) {
      this.#names.append('text').attr('class', 'node').attr('x', 0).attr('y', this.#y(node, 'Gate') + 12).text(node.length > 10 ? node.slice(0, 9) + '…' : node);
      for (const lane of lanes) this.#names.append('text').attr('class', 'lane').attr('x', left - 8).attr('y', this.#y(node, lane) + 12).text(lane.toLowerCase());
    }

    const showSpan = (event, s) => this.#tell(event, `${s.node} ${s.lane.toLowerCase()}: ${s.value}`,
      [`${clock(s.from)} to ${s.to ? clock(s.to) : 'the end'}`, took((s.to ? at(s.to) : this.#to) - at(s.from)), 'click: what led there']);
    const hide = () => this.#tip.attr('hidden', true);
    this.#spans = this.#plot.selectAll('rect').data(data.spans, s => `${keyOf(s)}/${s.lane}`).join('rect')
      .attr('class', s => `span ${s.lane.toLowerCase()} ${s.tone}`).attr('y', s => this.#y(s.node, s.lane)).attr('height', laneHeight).attr('tabindex', 0).attr('role', 'img')
      .attr('aria-label', s => `${s.node} ${s.lane.toLowerCase()} ${s.value}, ${s.from} to ${s.to ?? 'the end'}`)
      .on('pointermove', showSpan).on('focus', showSpan).on('pointerleave', hide).on('blur', hide)
      .on('click', (_, s) => this.explain(keyOf(s))).on('keydown', (event, s) => { if (event.key === 'Enter') this.explain(keyOf(s)); });
    this.#marks = this.#plot.selectAll('circle').data(data.events.filter(e => e.mark), keyOf).join('circle')
      .attr('class', e => `mark ${e.tone}`).attr('r', 4).attr('cy', e => this.#y(e.node, 'Gate') + laneHeight / 2)
      .on('pointermove', (event, e) => this.#tell(event, `${e.node} #${e.seq} ${e.type}`, [clock(e.at), e.words])).on('pointerleave', hide)
      .on('click', (_, e) => this.explain(keyOf(e)));
    this.between(at(data.from), at(data.to));
  }

  // The time that is shown; a stretch without an end lasts until its end.
  between(from, to) {
    [this.#from, this.#to] = [from, to];
    this.#size();
  }

  // The chain of causes, first cause first, with the time between.
  explain(key) {
    const chain = [], panel = select('#chain');
    for (let e = this.#events.get(key); e && chain.length < 32; e = e.cause ? this.#events.get(e.node + '/' + e.cause) : null) chain.unshift(e);
    panel.selectAll('*').remove();
    if (chain.length === 0) { panel.append('p').text('This began before what is shown.'); return; }
    panel.append('h3').text(`What led to ${chain.at(-1).node} #${chain.at(-1).seq}`);
    const list = panel.append('ol');
    chain.forEach((e, i) => {
      const item = list.append('li').attr('class', e.tone);
      item.append('span').attr('class', 'when').text(clock(e.at) + (i > 0 ? ` +${took(at(e.at) - at(chain[i - 1].at))}` : ''));
      item.append('strong').text(` ${e.type} `);
      item.append('span').text(e.words);
      for (const note of this.#data.notes.filter(n => n.node === e.node && n.about === e.seq)) item.append('div').attr('class', 'note').text(`${note.by}: ${note.text}`);
    });
  }

  #y(node, lane) { return top + this.#data.nodes.indexOf(node) * nodeHeight + lanes.indexOf(lane) * (laneHeight + laneGap); }

  #tell(event, title, lines) {
    const tip = this.#tip;
    tip.attr('hidden', null).selectAll('*').remove();
    tip.append('strong').text(title);
    for (const line of lines) tip.append('div').text(line);
    const box = tip.node().getBoundingClientRect();
    const [px, py] = event.type === 'focus' ? [event.target.getBoundingClientRect().left, event.target.getBoundingClientRect().bottom] : [event.clientX, event.clientY];
    tip.style('left', Math.max(4, Math.min(px + 12, innerWidth - box.width - 8)) + 'px').style('top', Math.max(4, Math.min(py + 14, innerHeight - box.height - 8)) + 'px');
  }

  #size() {
    if (!this.#data) return;
    const width = this.#svg.node().clientWidth, height = top + this.#data.nodes.length * nodeHeight;
    this.#svg.attr('height', height);
    this.#clip.attr('height', height);
    this.#zoom.extent([[left, 0], [width - 4, height]]).translateExtent([[left, 0], [width - 4, height]]);
    this.#draw();
  }

  #draw() {
    const width = this.#svg.node().clientWidth;
    this.#x.domain([this.#from, this.#to]).range([left, width - 4]);
    const shown = this.#shown = this.#zoomed.rescaleX(this.#x);
    this.#clip.attr('width', Math.max(0, width - left));
    this.#axis.call(axisTop(shown).ticks(Math.max(2, Math.floor((width - left) / 110))).tickFormat(date => this.#tick(date)).tickSizeOuter(0));
    this.#spans.attr('x', s => shown(at(s.from))).attr('width', s => Math.max(1.5, shown(s.to ? at(s.to) : this.#to) - shown(at(s.from))));
    this.#marks.attr('cx', e => shown(at(e.at)));
  }

  // As fine as what is shown is short, and never by a clock of twelve hours.
  #tick(date) {
    const [a, b] = this.#shown.domain(), length = b - a, text = date.toISOString();
    return length < 10e3 ? text.slice(14, 23) : length < 36e5 ? text.slice(11, 19) : length < 2 * 864e5 ? text.slice(11, 16) : text.slice(5, 16).replace('T', ' ');
  }
}
