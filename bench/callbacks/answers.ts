/** What every contender answers: about this upload, or always the same text of the same length. */
export function answerBody(uploadId: string): string {
  return JSON.stringify({ uploadId });
}

export const FIXED_UPLOAD_ID = '00000000-0000-7000-8000-000000000000';
export const FIXED_ANSWER = answerBody(FIXED_UPLOAD_ID);
