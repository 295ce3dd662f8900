import type { Body, Meta, Uppy } from '@uppy/core';
import type { CarrierName, UploadOutcome } from 'nestjs-oss-callback/client';
import type { AnswerList } from './answer-list.js';
import { wordsForError } from './words-for-error.js';

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
    answers.get(file!.id)?.became(body as unknown as UploadOutcome);
  });
  uppy.on('upload-error', (file, error) => {
    const { cause } = error as Error;
    // one that is still unconfirmed is shown as such
    if (cause instanceof Error) answers.get(file!.id)?.failed(wordsForError(cause));
  });
  uppy.on('file-removed', ({ id }) => answers.get(id)?.cancelled());
}
