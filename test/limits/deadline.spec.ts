import { type NestInterceptor } from '@nestjs/common';
import { NEVER, mergeMap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { startAppForTest } from '../support/test-app.js';
import { outcomeOf } from './gated-app.js';

const ANSWER_WITHIN_MS = 500;

/** A host's own, which waits for something that does not come. */
const hanging: NestInterceptor = {
  intercept: (_context, next) => next.handle().pipe(mergeMap(() => NEVER)),
};

describe.each(platforms)('an answer on %s', (platform) => {
  it('leaves in time where an interceptor of the host holds it back', async () => {
    const world = await startAppForTest({
      platform,
      signsCallbacks: true,
      configure: (app) => void app.useGlobalInterceptors(hanging),
      options: {
        answerWithinMs: ANSWER_WITHIN_MS,
      },
    });
    const { body, uploadId } = await authoriseBody(world);
    const answer = await sendCallback(world, { body });
    expect(outcomeOf(answer)).toEqual([200, { uploadId }]);
  });
});
