// Scripts that each shell runs at the tab key. All of them call `wiretally completion-server` with the words, the name of
// the shell and the index of the word at the cursor. It prints one value per line, or FILES.

/** The answer that makes the shell complete a file name itself. */
export const FILES = '__wiretally_files__';

const BASH = `_wiretally_completion() {
  local words cword
  # From bash-completion, where it is loaded: bash alone also splits words at "=", ":" and "@".
  if declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref -n =:@ -w words -i cword
  else
    words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
  fi
  local IFS=$'\\n'
  COMPREPLY=($(SHELL=bash COMP_CWORD="$cword" wiretally completion-server -- "\${words[@]}" 2>/dev/null))
  if declare -F __ltrim_colon_completions >/dev/null; then
    __ltrim_colon_completions "\${words[cword]}"
  fi
}
# Without an answer bash completes names of files.
complete -o default -F _wiretally_completion wiretally
`;

const ZSH = `#compdef wiretally
_wiretally() {
  local -a values
  values=("\${(@f)$(SHELL=zsh COMP_CWORD=$((CURRENT - 1)) wiretally completion-server -- "\${words[@]}" 2>/dev/null)}")
  if [[ "\${values[1]}" == ${FILES} ]]; then
    _files
  elif [[ -n "\${values[1]}" ]]; then
    _describe 'value' values
  fi
}
# Autoloaded from a folder of fpath, or sourced.
if [[ $zsh_eval_context == *func ]]; then
  _wiretally "$@"
else
  compdef _wiretally wiretally
fi
`;

const FISH = `function _wiretally_completion
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  set -l values (env SHELL=fish COMP_CWORD=(count $before) wiretally completion-server -- $before "$current" 2>/dev/null)
  if test "$values" = ${FILES}
    __fish_complete_path "$current"
  else
    printf '%s\\n' $values
  end
end
complete -c wiretally -f -a '(_wiretally_completion)'
`;

export const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
