import type { Body, Meta, Uppy } from '@uppy/core';
import { type CarrierName, OssUploadError, type UploadOutcome } from 'nestjs-oss-callback/client';
import { wordFor } from '../format.js';
import { t } from '../language/language.js';
import type { AnswerList } from './answer-list.js';

/** Shows in the list what Uppy says of each file. */
export function showAnswers(
  uppy: Uppy<Meta, Body>,
  answers: AnswerList,
  chosenCarrier: () => CarrierName,
): void {
  uppy.on('upload-start', (files) => {
    for (const { id, name } of files) answers.begin(id, name, chosenCarrier());
  });
  uppy.on('upload-success', (file, { body }) => {
    const outcome = body as unknown as UploadOutcome;
    const answer = answers.get(file!.id);
    if (outcome.state === 'completed' && outcome.answer !== undefined) {
      answer?.confirmed(outcome.answer);
    } else answer?.ended(outcome.state);
  });
  uppy.on('upload-error', (file, error) => {
    const { cause } = error as Error;
    // one that is still unconfirmed is shown as such
    if (cause instanceof Error) answers.get(file!.id)?.failed(reasonOf(cause));
  });
  uppy.on('file-removed', ({ id }) => answers.get(id)?.cancelled());
}

function reasonOf(error: Error): string {
  if (!(error instanceof OssUploadError)) return error.message;
  if (error.code === 'NETWORK') return t('ossUnreachable');
  const { status } = error.details;
  return status ? t('endedAs', { status: wordFor('status', status) }) : error.message;
}
