import { Controller } from '@nestjs/common';
import { IsString } from 'class-validator';
import { expect, it } from 'vitest';
import { CallbackVariables, CustomVariablesDto, OssCallback } from '../../src/index.js';
import { useTestApp } from '../support/test-app.js';

class AlbumVariables extends CustomVariablesDto {
  @IsString() album!: string;
}

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CallbackVariables() variables: AlbumVariables) {
    return variables;
  }
}

const world = useTestApp({ controllers: [CallbackController] });

it('refuses an upload without the variables that its route needs, before anything is stored', async () => {
  const request = { object: 'a.txt', body: 'hello' };
  await expect(world.uploads.putObject(request)).rejects.toMatchObject({
    code: 'INVALID_UPLOAD_REQUEST',
    message:
      'The upload\'s "variables" do not fit AlbumVariables, which its @OssCallback route reads: album must be a string.',
  });
  expect(world.oss.objects.list()).toEqual([]);
  const variables = Object.assign(new AlbumVariables(), { album: 'sea' });
  const { answer } = await world.uploads.putObject({ ...request, variables });
  expect(answer).toEqual({ album: 'sea' });
});
