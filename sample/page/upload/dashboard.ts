import Uppy, { type Body, type Meta } from '@uppy/core';
import Dashboard from '@uppy/dashboard';
import englishTexts from '@uppy/locales/lib/en_US.js';
import chineseTexts from '@uppy/locales/lib/zh_CN.js';
import { find } from '../dom.js';
import { language, onLanguageChange, t } from '../language/language.js';
import { AnswerList } from './answer-list.js';
import type { Carrier } from './carriers.js';
import { OssUploader } from './oss-uploader.js';
import { RasterThumbnails } from './raster-thumbnails.js';

const MAX_SIZE_BYTES = 100 * 1024 * 1024;

/**
 * Uppy's dashboard, uploading to OSS.
 * @param onUploaded called after each upload, whatever became of it
 */
export function showDashboard(onUploaded: () => void): { close: () => void } {
  const answers = new AnswerList(find('#answers'));
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
      disableThumbnailGenerator: true,
      showRemoveButtonAfterComplete: true,
    })
    .use(RasterThumbnails, { thumbnailWidth: 280 })
    .use(OssUploader, { carrier: chosenCarrier, answers });
  uppy.on('upload-success', onUploaded);
  uppy.on('upload-error', onUploaded);
  onLanguageChange(() => {
    uppy.setOptions({ locale: uppyTexts() });
    uppy.getPlugin('Dashboard')?.setOptions({ note: t('dashboardNote') });
  });
  return { close: () => uppy.destroy() };
}

function chosenCarrier(): Carrier {
  return find('input[name=carrier]:checked', HTMLInputElement).value as Carrier;
}

function uppyTexts() {
  return language() === 'zh' ? chineseTexts : englishTexts;
}
