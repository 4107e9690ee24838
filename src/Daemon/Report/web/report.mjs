// Draws the swimlanes of an incident and answers clicks; everything it shows is in the page. Bundled with d3 into ../report.js by eng/report.sh.
import { select } from 'd3-selection';
import { scaleUtc } from 'd3-scale';
import { axisTop } from 'd3-axis';
import { zoom, zoomIdentity } from 'd3-zoom';

const data = JSON.parse(document.getElementById('data').textContent);
const events = new Map(data.events.map(e => [e.node + '/' + e.seq, e]));
const at = text => new Date(text);
const time = text => text.slice(11, 23) + 'Z';
const took = ms => ms < 1000 ? `${Math.round(ms)} ms` : ms < 120000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(ms / 60000)} min ${Math.round(ms % 60000 / 1000)} s`;

const laneHeight = 16, laneGap = 3, nodeGap = 14, left = 118, top = 26;
const lanes = ['Node', 'Gate', 'Rule'];
const svg = select('#lanes');
const height = top + data.nodes.length * (lanes.length * (laneHeight + laneGap) + nodeGap);
svg.attr('height', height);
const y = (node, lane) => top + data.nodes.indexOf(node) * (lanes.length * (laneHeight + laneGap) + nodeGap) + lanes.indexOf(lane) * (laneHeight + laneGap);
const clip = svg.append('clipPath').attr('id', 'plot').append('rect').attr('x', left).attr('y', 0).attr('height', height);
const axis = svg.append('g').attr('class', 'axis').attr('transform', `translate(0,${top - 6})`);
for (const node of data.nodes) {
  svg.append('text').attr('class', 'node').attr('x', 0).attr('y', y(node, 'Gate') + 12).text(node.length > 10 ? node.slice(0, 9) + '…' : node);
  for (const lane of lanes) svg.append('text').attr('class', 'lane').attr('x', left - 8).attr('y', y(node, lane) + 12).text(lane.toLowerCase());
}
const plot = svg.append('g').attr('clip-path', 'url(#plot)');
const [from, to] = [at(data.from), at(data.to)];
const x = scaleUtc().domain([from, to]);
let shown = x;

const spans = plot.selectAll('rect').data(data.spans).join('rect')
  .attr('class', s => `span ${s.lane.toLowerCase()} ${s.tone}`).attr('y', s => y(s.node, s.lane)).attr('height', laneHeight).attr('tabindex', 0)
  .attr('aria-label', s => `${s.node} ${s.lane.toLowerCase()} ${s.value}, ${s.from} to ${s.to ?? 'the end'}`);
const marks = plot.selectAll('circle').data(data.events.filter(e => e.mark)).join('circle')
  .attr('class', e => `mark ${e.tone}`).attr('r', 4).attr('cy', e => y(e.node, 'Gate') + laneHeight / 2);

const tip = select('#tip');
function show(event, title, lines) {
  tip.attr('hidden', null).selectAll('*').remove();
  tip.append('strong').text(title);
  for (const line of lines) tip.append('div').text(line);
  const box = tip.node().getBoundingClientRect();
  const [px, py] = event.type === 'focus' ? [event.target.getBoundingClientRect().left, event.target.getBoundingClientRect().bottom] : [event.clientX, event.clientY];
  tip.style('left', Math.max(4, Math.min(px + 12, innerWidth - box.width - 8)) + 'px').style('top', Math.max(4, Math.min(py + 14, innerHeight - box.height - 8)) + 'px');
}
const hide = () => tip.attr('hidden', true);
const showSpan = (event, s) => show(event, `${s.node} ${s.lane.toLowerCase()}: ${s.value}`,
  [`${time(s.from)} to ${s.to ? time(s.to) : 'the end'}`, took((s.to ? at(s.to) : to) - at(s.from)), 'click: what led there']);
spans.on('pointermove', showSpan).on('focus', showSpan).on('pointerleave', hide).on('blur', hide)
  .on('click', (_, s) => explain(s.node + '/' + s.seq)).on('keydown', (event, s) => { if (event.key === 'Enter') explain(s.node + '/' + s.seq); });
marks.on('pointermove', (event, e) => show(event, `${e.node} #${e.seq} ${e.type}`, [time(e.at), e.words])).on('pointerleave', hide)
  .on('click', (_, e) => explain(e.node + '/' + e.seq));

// The chain of causes, first cause first, with the time between.
function explain(key) {
  const chain = [], panel = select('#chain');
  for (let e = events.get(key); e && chain.length < 32; e = e.cause ? events.get(e.node + '/' + e.cause) : null) chain.unshift(e);
  panel.selectAll('*').remove();
  if (chain.length === 0) { panel.append('p').text('This began before what is shown.'); return; }
  panel.append('h3').text(`What led to ${chain.at(-1).node} #${chain.at(-1).seq}`);
  const list = panel.append('ol');
  chain.forEach((e, i) => {
    const item = list.append('li').attr('class', e.tone);
    item.append('span').attr('class', 'when').text(time(e.at) + (i > 0 ? ` +${took(at(e.at) - at(chain[i - 1].at))}` : ''));
    item.append('strong').text(` ${e.type} `);
    item.append('span').text(e.words);
    for (const note of data.notes.filter(n => n.node === e.node && n.about === e.seq)) item.append('div').attr('class', 'note').text(`${note.by}: ${note.text}`);
  });
}

// As fine as what is shown is short, and never by a clock of twelve hours.
function tick(date) {
  const [a, b] = shown.domain(), length = b - a, text = date.toISOString();
  return length < 10e3 ? text.slice(14, 23) : length < 36e5 ? text.slice(11, 19) : length < 2 * 864e5 ? text.slice(11, 16) : text.slice(5, 16).replace('T', ' ');
}

function draw() {
  const width = svg.node().clientWidth;
  x.range([left, width - 4]);
  shown = current.rescaleX(x);
  clip.attr('width', Math.max(0, width - left));
  axis.call(axisTop(shown).ticks(Math.max(2, Math.floor((width - left) / 110))).tickFormat(tick).tickSizeOuter(0));
  spans.attr('x', s => shown(at(s.from))).attr('width', s => Math.max(1.5, shown(s.to ? at(s.to) : to) - shown(at(s.from))));
  marks.attr('cx', e => shown(at(e.at)));
}
let current = zoomIdentity;
const zoomer = zoom().scaleExtent([1, 5000]).on('zoom', event => { current = event.transform; draw(); });
function size() {
  const width = svg.node().clientWidth;
  zoomer.extent([[left, 0], [width - 4, height]]).translateExtent([[left, 0], [width - 4, height]]);
  draw();
}
svg.call(zoomer).on('dblclick.zoom', () => svg.call(zoomer.transform, zoomIdentity));
select('#whole').on('click', () => svg.call(zoomer.transform, zoomIdentity));
for (const row of document.querySelectorAll('[data-event]')) row.addEventListener('click', () => { explain(row.dataset.event); document.getElementById('chain').scrollIntoView({ block: 'nearest' }); });
addEventListener('resize', size);
addEventListener('beforeprint', () => { svg.call(zoomer.transform, zoomIdentity); size(); });
size();
