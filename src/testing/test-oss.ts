import { randomBytes } from 'node:crypto';
import type { OssCallbackOptions } from '../index.js';
import { OssSimulator, type OssSimulatorOptions } from '../simulator/index.js';
import { findFreePort } from './free-port.js';

const BUCKET = 'test-uploads';
const REGION = 'cn-hangzhou';

/**
 * A local OSS for one app, and the options with which the app uses it.
 * @category Local OSS
 */
export interface TestOss {
  /** The local OSS: its objects, the callbacks that it sent, and faults to inject. */
  simulator: OssSimulator;
  /** Port on which the app has to listen; it was free when the test OSS started. */
  appPort: number;
  /** URL of the app, `http://127.0.0.1:<appPort>`. */
  appUrl: string;
  /**
   * Variables for apps that read the environment: `Object.assign(process.env, oss.environment)` before the app is
   * created.
   */
  environment: Record<string, string>;
  /** Options for `OssCallbackModule.forRoot({ ...oss.options })`. */
  options: Required<
    Pick<OssCallbackOptions, 'publicUrl' | 'buckets' | 'credentials' | 'tickets' | 'localOss'>
  >;
  /** Stops the local OSS. */
  stop(): Promise<void>;
}

/**
 * Starts a local OSS on a free port, with a key pair of its own, and chooses a port for the app and a secret for its
 * tickets. The app's bucket is `test-uploads` in `cn-hangzhou`.
 * @param oss options of the local OSS, or one that another app uses already
 * @category Local OSS
 */
export async function startTestOss(oss: OssSimulatorOptions | OssSimulator = {}): Promise<TestOss> {
  const simulator = await (oss instanceof OssSimulator ? oss : new OssSimulator(oss)).start();
  const appPort = await findFreePort();
  const appUrl = `http://127.0.0.1:${appPort}`;
  const { url, publicKey } = simulator;
  const { accessKeyId, accessKeySecret } = simulator.credentials[0]!;
  const secret = randomBytes(32).toString('base64');
  return {
    simulator,
    appPort,
    appUrl,
    environment: {
      OSS_PUBLIC_URL: appUrl,
      OSS_LOCAL_URL: url,
      OSS_BUCKET: BUCKET,
      OSS_REGION: REGION,
      OSS_ACCESS_KEY_ID: accessKeyId,
      OSS_ACCESS_KEY_SECRET: accessKeySecret,
      OSS_TICKET_SECRETS: secret,
      // Those of an `.env` file lead to a real bucket.
      OSS_ENDPOINT: '',
      OSS_INTERNAL_ENDPOINT: '',
    },
    options: {
      publicUrl: appUrl,
      buckets: { main: { bucket: BUCKET, region: REGION } },
      credentials: { accessKeyId, accessKeySecret },
      tickets: { secrets: [secret] },
      localOss: { url, publicKey },
    },
    stop: () => simulator.stop(),
  };
}
