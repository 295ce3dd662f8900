/** Why the controller itself refuses a file that the app would take. */
export type BuiltInRefusalReason = 'too-large' | 'too-small' | 'wrong-type' | 'carrier';

const REFUSAL = Symbol('ossUploadRefusal');

/** What `authorize` returns in place of an upload request; made by {@link refuseUpload}. */
export interface UploadRefusal<Reason extends string = string> {
  readonly [REFUSAL]: true;
  /** For the client's code. */
  readonly reason: Reason;
  /** For people. */
  readonly message: string;
}

/**
 * Refuses an upload, as the return value of `authorize`: the client gets 403
 * `{ "code": "UPLOAD_REFUSED", "message", "reason" }`, where `reason` has the type of what is given here.
 * @param reason a fixed text for the client's code, such as `quota-used`
 * @param message for people; it is sent to the client
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
