import type { CallbackRecord, OssSimulator } from 'nestjs-oss-callback/simulator';
import { buildCallbackRequest, createTestKeyPair } from 'nestjs-oss-callback/testing';

/** A forged callback, and how the app refused it. */
export interface Forgery {
  kind: 'alteredBody' | 'otherKey' | 'foreignKeyUrl';
  /** Of the genuine callback that it imitates. */
  object: string;
  atMs: number;
  status: number;
  /** The app's own. */
  code: string;
  message: string;
}

type Request = Pick<CallbackRecord, 'headers'> & { body: Buffer };

const MAX_KEPT = 50;

/** What those could send to the app who cannot sign as OSS does. */
const FORGERIES: Record<Forgery['kind'], (genuine: CallbackRecord, ossUrl: string) => Request> = {
  alteredBody: ({ headers, body }) => ({
    headers,
    body: Buffer.from(body.toString('latin1').replace(/\bsize=\d+/, 'size=999999999'), 'latin1'),
  }),
  otherKey: ({ path, body }, localOssUrl) => {
    const { privateKey } = createTestKeyPair();
    return buildCallbackRequest({ url: path, body, privateKey, localOssUrl });
  },
  foreignKeyUrl: ({ headers, body }) => ({
    headers: {
      ...headers,
      'x-oss-pub-key-url': Buffer.from(
        'https://gosspublic.alicdn.com.example.org/callback_pub_key_v1.pem',
      ).toString('base64'),
    },
    body,
  }),
};

/** Sends forged callbacks after a genuine one, once for each time that it is switched on. */
export class Forgeries {
  isOn = false;
  private kept: Forgery[] = [];
  private readonly listeners = new Set<(forgery: Forgery) => void>();

  constructor(private readonly oss: OssSimulator) {
    oss.events.on('callback-answered', (genuine) => {
      if (!this.isOn) return;
      this.isOn = false;
      void this.forge(genuine);
    });
  }

  /** The latest last. */
  all(): Forgery[] {
    return this.kept;
  }

  /** @returns ends it */
  onRefusal(listener: (forgery: Forgery) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async forge(genuine: CallbackRecord): Promise<void> {
    for (const kind of Object.keys(FORGERIES) as Forgery['kind'][]) {
      const { headers, body } = FORGERIES[kind](genuine, this.oss.url);
      const response = await fetch(genuine.url, {
        method: 'POST',
        headers: Object.entries(headers).filter(
          ([name]) => !/^(host|content-length|connection)$/i.test(name),
        ),
        body: new Uint8Array(body),
      });
      const { code = '', message = '' } = (await response.json()) as Partial<Forgery>;
      const { object } = genuine;
      const forgery = { kind, object, atMs: Date.now(), status: response.status, code, message };
      this.kept = [...this.kept.slice(1 - MAX_KEPT), forgery];
      for (const listener of this.listeners) listener(forgery);
    }
  }
}
