// The incident report: everything it shows is in the page.
import { Swimlanes } from './lanes.mjs';

export function report() {
  const lanes = new Swimlanes();
  lanes.show(JSON.parse(document.getElementById('data').textContent));
  for (const row of document.querySelectorAll('[data-event]')) {
    row.addEventListener('click', () => {
      lanes.explain(row.dataset.event);
      document.getElementById('chain').scrollIntoView({ block: 'nearest' });
    });
  }
}
