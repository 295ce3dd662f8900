/** What has come of an answer so far. */
export type AnswerRead = 'right' | 'incomplete' | { wrong: string };

const SHOWN_LENGTH = 300;

/**
 * Holds an answer against the expected one: status 200, a Content-Length, exactly this body. The right answer in one
 * piece, which is nearly every one, costs two searches and a comparison.
 */
export function readAnswer(text: string, expectedBody: string): AnswerRead {
  const bodyStart = text.indexOf('\r\n\r\n') + 4;
  if (bodyStart === 3) return 'incomplete';
  const isOk = text.startsWith('HTTP/1.1 200 ');
  if (isOk && text.length === bodyStart + expectedBody.length && text.endsWith(expectedBody)) {
    return 'right';
  }
  const [, length] = /\r\ncontent-length: *(\d+)\r\n/i.exec(text.slice(0, bodyStart)) ?? [];
  if (length === undefined) return wrong('has no Content-Length', text);
  if (text.length < bodyStart + Number(length)) return 'incomplete';
  return isOk ? wrong(`has not the body ${expectedBody}`, text) : wrong('is not 200', text);
}

function wrong(what: string, text: string): AnswerRead {
  return { wrong: `an answer ${what}: ${JSON.stringify(text.slice(0, SHOWN_LENGTH))}` };
}
