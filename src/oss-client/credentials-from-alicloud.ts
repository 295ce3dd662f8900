import type { OssCredentialsProvider, ProvidedCredentials } from '../options/options.js';

/**
 * What {@link credentialsFromAlicloud} needs of a client of `@alicloud/credentials`, version 2.4 or later.
 * @category Options
 */
export interface AlicloudCredentialClient {
  /** Returns the current credentials; the client caches and renews them. */
  getCredential(): Promise<{
    /** Id of the access key. */
    accessKeyId?: string;
    /** Secret of the access key. */
    accessKeySecret?: string;
    /** Token of temporary credentials; absent or empty with permanent ones. */
    securityToken?: string;
  }>;
}

/** The client renews temporary credentials that expire sooner; it does not report when they expire. */
const CERTAIN_MS = 15 * 60_000;

/**
 * The option `credentials` from a client of `@alicloud/credentials`: environment variables, profiles, the role of an
 * ECS instance, OIDC in a cluster and so on.
 *
 * The client does not report when credentials expire, only that they are valid for at least 15 minutes. So what is
 * signed with temporary ones is valid for 15 minutes at most; a function of your own that returns `expiresAt` has no
 * such limit.
 * @example credentials: credentialsFromAlicloud(new Credential())
 * @category Options
 */
export function credentialsFromAlicloud(client: AlicloudCredentialClient): OssCredentialsProvider {
  return async () => {
    const { accessKeyId, accessKeySecret, securityToken } = await client.getCredential();
    return {
      accessKeyId,
      accessKeySecret,
      ...(securityToken ? { securityToken, expiresAt: new Date(Date.now() + CERTAIN_MS) } : {}),
    } as ProvidedCredentials; // every provider's answer is checked for what is missing
  };
}
