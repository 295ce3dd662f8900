import { OssCallbackError } from '../../common/errors.js';
import { logText, unquoted } from '../../common/log-text.js';
import type {
  CustomVariablesDto,
  CustomVariablesType,
} from '../../variables/custom-variables.dto.js';
import { type CustomVariableTexts, toVariablesDto } from '../../variables/custom-variables.js';

/**
 * The custom variables as an instance of the class that a method declares.
 * @throws OssCallbackError `INVALID_VARIABLES`
 */
export function declaredVariables(
  type: CustomVariablesType,
  texts: CustomVariableTexts,
): CustomVariablesDto {
  const read = toVariablesDto(type, texts);
  if (read.ok) return read.variables;
  throw new OssCallbackError('INVALID_VARIABLES', 'The custom variables are not valid.', {
    hint: logText`${unquoted(type.name)}: ${unquoted(read.problem)}`,
  });
}
