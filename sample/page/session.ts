import { askApp } from './app-api.js';
import { find } from './dom.js';

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
    if (name === null) input.focus();
    else onSignedIn(name);
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    problem.textContent = '';
    askApp<Session>('POST', '/session', { name: input.value.trim() }).then(
      show,
      (error: unknown) => {
        problem.textContent = (error as Error).message;
        input.focus();
      },
    );
  });
  find('#sign-out').addEventListener('click', () => {
    void askApp('DELETE', '/session').then(() => location.reload());
  });
  show(await askApp<Session>('GET', '/session'));
}
