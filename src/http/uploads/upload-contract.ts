import type { Type } from '@nestjs/common';
import type { BuiltInRefusalReason } from './upload-refusal.js';

/** What the default answer of an `@OssCallback` method that returns nothing holds. */
interface DefaultAnswer {
  uploadId: string;
  status: string;
}

type AnswerOf<Controller, Method extends keyof Controller> = unknown extends Controller
  ? unknown
  : Controller[Method] extends (...args: never[]) => infer Answer
    ? Awaited<Answer> extends void
      ? DefaultAnswer
      : Awaited<Answer>
    : never;

/**
 * The class that {@link createOssUploadController} returns. Its type describes to `createOssUploader` what clients send
 * and receive: `createOssUploader<typeof UploadController>(…)`.
 * @category Upload controller
 */
export interface UploadController<
  Wishes extends object | undefined,
  Variables extends object | undefined,
  Reason extends string,
  Answering,
  Method extends keyof Answering,
> extends Type<unknown> {
  /** @internal A type alone: there is no such property when the app runs. */
  readonly '~ossUploads'?: {
    wishes: Wishes;
    variables: Variables;
    answer: AnswerOf<Answering, Method>;
    reason: Reason | BuiltInRefusalReason;
  };
}
