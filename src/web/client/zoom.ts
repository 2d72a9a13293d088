// Script of the time axis: draws the figures of a page by step. Dragging over a period opens its page.

{
  /** src/web/assets.ts loads uPlot before this script. */
  type Chart = uPlot;

  /** Written by src/web/pages/time-axis.ts. */
  interface ZoomData {
    readonly values: readonly (number | null)[];
    readonly labels: readonly string[];
    readonly short: readonly string[];
    /** Start of each step, then the end of the last one, as days or instants. */
    readonly starts: readonly string[];
    /** Possible numbers of steps between two labels. */
    readonly ticks: readonly number[];
    readonly unit: string;
    readonly units: string;
  }

  const MIN_DRAG_PX = 4;
  const HEIGHT_PX = 132;
  const RESIZE_PAUSE_MS = 100;
  const COUNT_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6];
  let chart: Chart | null = null;

  const colour = (name: string): string =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function choose(first: string, next: string): void {
    const to = new URLSearchParams(location.search);
    to.set('since', first);
    to.set('until', next);
    to.delete('page');
    location.assign(`${location.pathname}?${to}`);
  }

  function wordsOf({ values, labels, unit, units }: ZoomData, index: number | null | undefined): string {
    const value = index == null ? undefined : values[index];
    if (index == null || value === undefined) return '';
    return `${labels[index]}: ${value === null ? 'not observed' : `${value} ${value === 1 ? unit : units}`}`;
  }

  /** Shades steps without observation, so that a missing bar is not taken for a zero. */
  function shadeUnobserved({ values }: ZoomData, { ctx, bbox, valToPos }: Chart): void {
    ctx.fillStyle = colour('--g1');
    for (const [i, value] of values.entries()) {
      if (value !== null) continue;
      const from = valToPos(i - 0.5, 'x', true);
      ctx.fillRect(from, bbox.top, valToPos(i + 0.5, 'x', true) - from, bbox.height);
    }
  }

  function draw(): void {
    const figure = document.querySelector<HTMLElement>('[data-zoom]');
    const main = document.getElementById('main');
    chart?.destroy();
    chart = null;
    const place = figure?.querySelector<HTMLElement>('.zc');
    const output = figure?.querySelector('output');
    if (!figure || !place || !output || main === null) return;
    const data: ZoomData = JSON.parse(figure.dataset.zoom ?? '');
    const last = data.values.length - 1;
    const paths = uPlot.paths.bars?.({ size: [0.7, 48], radius: 0 });
    const partAt = (drawn: Chart, px: number): number =>
      Math.min(last, Math.max(0, Math.round(drawn.posToVal(px, 'x'))));
    chart = new uPlot(
      {
        width: place.clientWidth,
        height: HEIGHT_PX,
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
        scales: {
          x: { time: false, range: [-0.5, last + 0.5] },
          y: { range: (_, __, high) => [0, Math.max(1, high)] },
        },
        axes: [
          {
            stroke: colour('--soft'),
            grid: { show: false },
            ticks: { stroke: colour('--line2') },
            size: 26,
            incrs: [...data.ticks],
            space: 64,
            values: (_, at) => at.map((i) => data.short[i] ?? ''),
          },
          {
            stroke: colour('--soft'),
            grid: { stroke: colour('--grid'), width: 1 },
            ticks: { show: false },
            size: 44,
            incrs: COUNT_STEPS,
          },
        ],
        series: [
          {},
          {
            stroke: colour('--b3'),
            fill: colour('--b3'),
            width: 0,
            points: { show: false },
            ...(paths === undefined ? {} : { paths }),
          },
        ],
        hooks: {
          setCursor: [
            ({ cursor }) => {
              output.textContent = wordsOf(data, cursor.idx);
            },
          ],
          setSelect: [
            (drawn) => {
              const { left, width } = drawn.select;
              const first = data.starts[partAt(drawn, left)];
              const next = data.starts[partAt(drawn, left + width) + 1];
              if (width >= MIN_DRAG_PX && first !== undefined && next !== undefined) choose(first, next);
            },
          ],
          drawClear: [(drawn) => shadeUnobserved(data, drawn)],
        },
      },
      [data.values.map((_, i) => i), [...data.values]],
      place,
    );
    chart.over.addEventListener('mousedown', () => {
      main.dataset.zooming = '';
    });
  }

  addEventListener('mouseup', () => {
    delete document.getElementById('main')?.dataset.zooming;
  });
  let timer = 0;
  addEventListener('resize', () => {
    clearTimeout(timer);
    timer = setTimeout(draw, RESIZE_PAUSE_MS);
  });
  document.addEventListener('renewed', draw);
  document.getElementById('theme')?.addEventListener('click', draw);
  matchMedia('(prefers-color-scheme:dark)').addEventListener('change', draw);
  draw();
}
