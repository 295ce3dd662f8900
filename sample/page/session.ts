import { askApp, Refused } from './app-api.js';
import { find } from './dom.js';
import { onLanguageChange, t } from './language/language.js';

interface Session {
  /** null if no user is signed in. */
  name: string | null;
}

/** Shows the sign-in form or the rest of the page. */
export async function startSession(onSignedIn: (name: string) => void): Promise<void> {
  const form = find('#sign-in form', HTMLFormElement);
  const input = find('#sign-in-name', HTMLInputElement);
  const problem = find('#sign-in-problem');
  const show = ({ name }: Session) => {
    find('#sign-in').hidden = name !== null;
    find('#workplace').hidden = name === null;
    find('#user').hidden = name === null;
    find('#user-name').textContent = name ?? '';
    if (name === null) input.select();
    else onSignedIn(name);
  };
  const fillName = () => {
    if (input.value === input.defaultValue) input.value = t('sampleName');
    input.defaultValue = t('sampleName');
  };
  fillName();
  onLanguageChange(fillName);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    problem.textContent = '';
    askApp<Session>('POST', '/session', { name: input.value.trim() }).then(
      show,
      (error: unknown) => {
        const isInvalid = error instanceof Refused && error.status === 400;
        problem.textContent = isInvalid ? t('nameInvalid') : (error as Error).message;
        input.focus();
      },
    );
  });
  find('#sign-out').addEventListener('click', () => {
    void askApp('DELETE', '/session').then(() => {
      sessionStorage.clear();
      location.reload();
    });
  });
  show(await askApp<Session>('GET', '/session'));
}
