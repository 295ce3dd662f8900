import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** What is published on a channel of the package while a test runs. */
export class Heard<Message> {
  messages: Message[] = [];
  private readonly listener = (message: unknown) => void this.messages.push(message as Message);

  constructor(private readonly name: string) {
    subscribe(name, this.listener);
  }

  stop(): void {
    unsubscribe(this.name, this.listener);
  }
}
