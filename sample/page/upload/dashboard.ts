import Uppy, { type Body, type Meta } from '@uppy/core';
import Dashboard from '@uppy/dashboard';
import englishTexts from '@uppy/locales/lib/en_US.js';
import chineseTexts from '@uppy/locales/lib/zh_CN.js';
import { type CarrierName, createOssUploader, type OssUploader } from 'nestjs-oss-callback/client';
import { OssUploaderPlugin } from 'nestjs-oss-callback/uppy';
import { find } from '../dom.js';
import { language, onLanguageChange, t } from '../language/language.js';
import { AnswerList } from './answer-list.js';
import { showAnswers } from './show-answers.js';
import { RasterThumbnails } from './raster-thumbnails.js';
import { wordsForError } from './words-for-error.js';

const MAX_SIZE_BYTES = 1024 * 1024 * 1024;

/**
 * Uppy's dashboard, uploading to OSS.
 * @param user whose answers are kept over a reload
 * @param onUploaded called after each upload, whatever became of it
 */
export function showDashboard(user: string, onUploaded: () => void): { close: () => void } {
  const uploader = createOssUploader({ url: '/uploads', storage: localStorage });
  const answers = new AnswerList(find('#answers'), `answers of ${user}`);
  const uppy = new Uppy<Meta, Body>({
    restrictions: { maxFileSize: MAX_SIZE_BYTES },
    locale: uppyTexts(),
  });
  uppy
    .use(Dashboard, {
      inline: true,
      target: '#dashboard',
      width: '100%',
      height: 340,
      theme: 'auto',
      note: t('dashboardNote'),
      proudlyDisplayPoweredByUppy: false,
      singleFileFullScreen: false,
      hideProgressDetails: true, // they run ahead of the bar and its percentage
      disableThumbnailGenerator: true,
      showRemoveButtonAfterComplete: true,
    })
    .use(RasterThumbnails, { thumbnailWidth: 280 })
    .use(OssUploaderPlugin, {
      uploader,
      optionsFor: ({ id, size }) => ({
        carriers: carriersFor(size),
        onUnconfirmed: (upload) => {
          answers.get(id)?.unconfirmed(upload);
          onUploaded();
        },
      }),
    });
  showAnswers(uppy, answers, chosenCarrier);
  askForUnconfirmed(uploader, answers);
  uppy.on('upload-success', onUploaded);
  uppy.on('upload-error', onUploaded);
  onLanguageChange(() => {
    uppy.setOptions({ locale: uppyTexts() });
    uppy.getPlugin('Dashboard')?.setOptions({ note: t('dashboardNote') });
  });
  return { close: () => uppy.destroy() };
}

/** The app may have found an upload while the page was closed. */
function askForUnconfirmed(uploader: OssUploader, answers: AnswerList): void {
  for (const { answer, uploadId } of answers.unconfirmed()) {
    void uploader.confirm(uploadId).then(
      (outcome) => {
        if (outcome.state !== 'unconfirmed') answer.became(outcome);
      },
      (error: Error) => answer.failed(wordsForError(error)),
    );
  }
}

/** Nothing cannot be cut into parts. */
function carriersFor(size: number | null): CarrierName[] {
  const chosen = chosenCarrier();
  return [size === 0 && chosen === 'multipart' ? 'put' : chosen];
}

function chosenCarrier(): CarrierName {
  return find('input[name=carrier]:checked', HTMLInputElement).value as CarrierName;
}

function uppyTexts() {
  const { strings, ...rest } = language() === 'zh' ? chineseTexts : englishTexts;
  return { ...rest, strings: { ...strings, ossUnconfirmed: t('answerUnconfirmed') } };
}
