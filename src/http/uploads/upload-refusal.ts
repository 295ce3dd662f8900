/**
 * Why the controller itself refuses a file that `authorize` would accept: its size or type is not what the request
 * allows, or the client cannot send it in the way that it requires (`carrier`).
 * @category Upload controller
 */
export type BuiltInRefusalReason = 'too-large' | 'too-small' | 'wrong-type' | 'carrier';

const REFUSAL = Symbol('ossUploadRefusal');

/**
 * A refusal, which `authorize` returns in place of an upload; made by {@link refuseUpload}.
 * @category Upload controller
 */
export interface UploadRefusal<Reason extends string = string> {
  /** @internal */
  readonly [REFUSAL]: true;
  /** A fixed text for the client's code, such as `quota-used`. */
  readonly reason: Reason;
  /** A sentence for people. */
  readonly message: string;
}

/**
 * Refuses an upload, as the return value of `authorize`: the client gets 403
 * `{ "code": "UPLOAD_REFUSED", "message", "reason" }`, where `reason` has the type of what is given here.
 * @param reason a fixed text for the client's code, such as `quota-used`
 * @param message for people; it is sent to the client
 * @category Upload controller
 */
export function refuseUpload<const Reason extends string>(
  reason: Reason,
  message: string,
): UploadRefusal<Reason> {
  return { [REFUSAL]: true, reason, message };
}

export function isRefusal(value: object): value is UploadRefusal {
  return REFUSAL in value;
}
