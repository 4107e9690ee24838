// One bundle for both pages: the incident report carries its data, the live page asks for it.
// eng/pages.sh makes ../pages.js of this.
import { report } from './report.mjs';
import { live } from './live.mjs';

if (document.getElementById('data')) report();
else live();
