import vue from 'eslint-plugin-vue'
import typescript from 'typescript-eslint'

export default typescript.config(
  { ignores: ['node_modules', 'src/api/schema.gen.ts', 'src/components.d.ts', 'public', '.vite'] },
  ...typescript.configs.recommended,
  ...vue.configs['flat/essential'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: typescript.parser } },
  },
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'eqeqeq': ['error', 'always'],
      'no-console': 'error',
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'echarts', message: 'Import from "@/charts", which registers only what is drawn.' }] },
      ],
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/multi-word-component-names': 'off',
      'vue/no-bare-strings-in-template': [
        'error',
        {
          allowlist: ['(', ')', ',', '.', '·', '/', ':', '—', '–', '%', '×', '+', '-', '›', '…', '→', '*', '#', '|', '✓', '✕', 'EN', '中文', 'CSV', 'JSON', 'Wangge'],
          attributes: { '/.+/': ['title', 'aria-label', 'placeholder', 'alt', 'label'] },
        },
      ],
      'vue/no-v-html': 'error',
      'vue/require-typed-ref': 'error',
    },
  },
)
