import { OssUploadError } from 'nestjs-oss-callback/client';
import { wordsForStatus } from '../app-api.js';
import { t, wordFor } from '../language/language.js';

/** Why an upload failed, in the user's language. */
export function wordsForError(error: Error): string {
  if (!(error instanceof OssUploadError)) return t('unexpected', { message: error.message });
  const { httpStatus = 0, status } = error.details;
  switch (error.code) {
    case 'NETWORK':
      return t('noConnection');
    case 'TOO_LARGE':
      return t('tooLarge');
    case 'WRONG_TYPE':
      return t('wrongType');
    case 'EXPIRED':
      return t('authorisationExpired');
    case 'NOT_COMPLETED':
      return t('endedAs', { status: wordFor('status', status ?? 'unknown') });
    case 'REFUSED_BY_OSS':
      return t('ossRefused', { message: error.message });
    default:
      return wordsForStatus(httpStatus) ?? t('unexpected', { message: error.message });
  }
}
