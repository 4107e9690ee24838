// How many clients were connected through this node's gate, as an area over the time that the lanes show.
export const chartHeight = 30;

const valueAt = ({ from, every, through }, time) => through[Math.floor((time - from) / every)] ?? null;

export class ClientChart {
  #layer;
  #series = null;
  #tell;
  #hide;

  // tell(event, title, lines) says what the pointer is on, hide() that it is on nothing.
  constructor(layer, tell, hide) {
    [this.#layer, this.#tell, this.#hide] = [layer, tell, hide];
    layer.append('path').attr('class', 'clients');
    layer.append('text').attr('class', 'most');
    layer.append('rect').attr('class', 'over').attr('role', 'img');
  }

  get isShown() {
    return this.#series !== null;
  }

  // What /ui/clients answered; nothing while no count is known, as in a dry run.
  take(answer) {
    this.#series = answer?.through.some(one => one !== null)
      ? { from: +new Date(answer.from), every: answer.every * 1000, through: answer.through }
      : null;
  }

  draw(shown, left, right, top) {
    this.#layer.attr('display', this.isShown ? null : 'none');
    if (!this.isShown) return;
    const { through } = this.#series,
      known = through.filter(one => one !== null),
      most = Math.max(1, ...known),
      base = top + chartHeight;
    this.#layer.select('path').attr('d', this.#path(shown, left, right, base, (chartHeight - 11) / most));
    this.#layer
      .select('text')
      .attr('x', left + 4)
      .attr('y', top + 9)
      .text(`${known.at(-1)} now, ${most} at most`);
    this.#layer
      .select('rect')
      .attr('x', left)
      .attr('y', top)
      .attr('width', Math.max(0, right - left))
      .attr('height', chartHeight)
      .attr('aria-label', `clients through this node's gate: ${known.at(-1)} now, at most ${most}`)
      .on('pointermove', event => this.#point(event, shown))
      .on('pointerleave', this.#hide);
  }

  #point(event, shown) {
    const x = event.clientX - event.target.ownerSVGElement.getBoundingClientRect().left,
      time = shown.invert(x),
      value = valueAt(this.#series, time);
    const words = value === null ? 'clients not known' : `${value} client${value === 1 ? '' : 's'} through the gate`;
    this.#tell(event, words, [time.toISOString().slice(11, 19) + 'Z']);
  }

  // At most one step a pixel, as high as the highest sample in it.
  #path(shown, left, right, base, scale) {
    const { from, every, through } = this.#series;
    let path = '',
      open = null;
    const close = () => {
      if (open) path += `H${open.to}V${base}Z`;
      open = null;
    };
    through.forEach((value, i) => {
      const x0 = Math.max(left, shown(from + i * every)),
        // The next one is not there yet: what was last so is taken to be so.
        end = i === through.length - 1 ? 2 : 1,
        x1 = Math.min(right, shown(from + (i + end) * every));
      if (x1 <= left || x0 >= right || value === null) return close();
      const y = (base - value * scale).toFixed(1);
      if (!open) path += `M${x0.toFixed(1)},${base}V${y}`;
      else if (x1 - open.drawn < 1 && value <= open.value) return (open.to = x1.toFixed(1));
      else path += `H${x0.toFixed(1)}V${y}`;
      open = { to: x1.toFixed(1), drawn: x0, value };
    });
    close();
    return path;
  }
}
