/** What each door of the package must offer: names that other people's programs are written against. */
export const contract = {
  '.': {
    values: [
      'CallbackVariables',
      'CompletedUpload',
      'CustomVariablesDto',
      'OSS_CALLBACK_PUBLIC_KEYS',
      'OnUploadCompleted',
      'OssCallback',
      'OssCallbackError',
      'OssCallbackGuard',
      'OssCallbackModule',
      'OssCallbackRejection',
      'OssUpload',
      'OssUploadAudit',
      'OssUploadReconciler',
      'OssUploadService',
      'OssUploadTicket',
      'SystemVariables',
      'SystemVariablesDto',
      'decodeCallback',
      'encodeCallback',
      'ossCallbackConfig',
      'ossCallbackEntities',
      'ossCallbackMigrations',
      'runOssCallbackMigrations',
      'verifyCallbackSignature',
    ],
    types: ['OssCallbackErrorCode', 'UploadRequest'],
  },
  './client': {
    values: ['OssUploadError', 'createOssUploader', 'miniProgram', 'uploadToOss'],
    types: ['OssUploader', 'OssUploadErrorCode', 'UploadOutcome'],
  },
  './uppy': { values: ['OssUploaderPlugin'], types: [], peers: ['@uppy/core'] },
  './simulator': { values: ['OssSimulator'], types: [] },
  './testing': {
    values: [
      'FakeOssUploadService',
      'buildCallbackRequest',
      'buildCompletedUpload',
      'createTestKeyPair',
      'sendUpload',
      'signCallback',
      'startTestOss',
    ],
    types: ['TestOss'],
  },
} as const satisfies Record<string, Door>;

interface Door {
  values: readonly string[];
  types: readonly string[];
  /** Optional peers that an app has installed which imports this. */
  peers?: readonly string[];
}
