import { find } from './dom.js';
import { Events } from './events/events.js';
import { FaultSwitches } from './faults.js';
import { language, setLanguage, translatePage } from './language/language.js';
import { Records } from './records/records.js';
import { startSession } from './session.js';
import { showDashboard } from './upload/dashboard.js';

translatePage();
find('#other-language').addEventListener('click', () => {
  setLanguage(language() === 'zh' ? 'en' : 'zh');
});
void startSession((user) => {
  const faults = new FaultSwitches();
  showDashboard(user, () => void faults.refresh());
  void faults.refresh();
  new Events().start();
  new Records().start();
});
