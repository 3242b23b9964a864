# Writes the manual page and the completion for bash from what the command says itself by --help:
#   cmake -D program=... -D version=... -D man=FILE -D bash=FILE -P foregraph_manual.cmake
cmake_minimum_required(VERSION 3.25)

# Lines of `program ARGN --help`. Characters that lists of CMake treat apart are replaced.
function(help_lines result)
  execute_process(COMMAND ${program} ${ARGN} --help OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE ";" "<semicolon>" text "${text}")
  string(REPLACE "[" "<left>" text "${text}")
  string(REPLACE "]" "<right>" text "${text}")
  string(STRIP "${text}" text)
  string(REPLACE "\n" ";" text "${text}")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

function(in_roff result text)
  string(REPLACE "\\" "\\e" text "${text}")
  string(REPLACE "-" "\\-" text "${text}")
  string(REGEX REPLACE "(^|\n)([.'])" "\\1\\\\&\\2" text "${text}")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

# Reads the help of one command into text of a manual page: `description`, `usage`, `entries` (options,
# operands), `example`, `exit_codes`, and the lists `options` and `commands`.
macro(read_help)
  help_lines(lines ${ARGN})
  set(description "")
  set(usage "")
  set(entries "")
  set(example "")
  set(exit_codes "")
  set(options "")
  set(commands "")
  set(place description)
  foreach(line IN LISTS lines)
    in_roff(roff "${line}")
    if(line MATCHES "^Usage: (.*)")
      in_roff(usage "${CMAKE_MATCH_1}")
      set(place usage)
    elseif(line MATCHES "^(Options|Positionals|Subcommands):$")
      set(place ${CMAKE_MATCH_1})
    elseif(line MATCHES "^Example: (.*)")
      in_roff(example "${CMAKE_MATCH_1}")
    elseif(line MATCHES "^Exit codes: (.*)")
      in_roff(exit_codes "${CMAKE_MATCH_1}")
      set(place exit_codes)
    elseif(place STREQUAL "description")
      string(APPEND description "${roff}\n")
    elseif(place STREQUAL "exit_codes")
      string(APPEND exit_codes "\n${roff}")
    elseif(line MATCHES "^  ([^ ].*)$")
      # The name, and after two spaces what it means; or nothing, if the name is long.
      string(REGEX MATCH "^  (.*[^ ])   *([^ ].*)$" both "${line}")
      if(both)
        set(name "${CMAKE_MATCH_1}")
        set(text "${CMAKE_MATCH_2}")
        string(REGEX REPLACE "  +.*" "" name "${name}")
        string(REGEX REPLACE "^  .*[^ ]   *([^ ].*)$" "\\1" text "${line}")
      else()
        string(STRIP "${line}" name)
        set(text "")
      endif()
      if(place STREQUAL "Subcommands")
        list(APPEND commands ${name})
      else()
        string(REGEX MATCHALL "(^|,)--?[a-z-]+" names "${name}")
        list(TRANSFORM names REPLACE "^," "")
        list(APPEND options ${names})
        in_roff(name "${name}")
        in_roff(text "${text}")
        string(APPEND entries ".TP\n\\fB${name}\\fR\n${text}\n")
      endif()
    elseif(line MATCHES "^   +([^ ].*)" AND NOT place STREQUAL "Subcommands")
      in_roff(text "${CMAKE_MATCH_1}")
      string(APPEND entries "${text}\n")
    endif()
  endforeach()
endmacro()

set(options_of_all "")
read_help()
set(all_commands ${commands})
string(REGEX REPLACE "\n.*" "" title "${description}")
string(REGEX REPLACE "\\.$" "" title "${title}")
set(page ".TH FOREGRAPH 1 \"\" \"foregraph ${version}\" \"User Commands\"\n"
  ".SH NAME\nforegraph \\- ${title}\n"
  ".SH SYNOPSIS\n")
foreach(command IN LISTS all_commands)
  list(APPEND page ".B foregraph ${command}\n.RI [ options ]\n.br\n")
endforeach()
list(APPEND page ".SH OPTIONS\n${entries}.SH COMMANDS\n")
set(page_end ".SH EXIT STATUS\n${exit_codes}\n"
  ".SH SEE ALSO\nThe guide is in the folder docs of the sources.\n")
list(JOIN options " " words)
list(JOIN all_commands " " command_words)
string(CONCAT completion
  "# Completion of foregraph for bash, made from foregraph --help.\n"
  "_foregraph() {\n"
  "  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words\n"
  "  COMPREPLY=()\n"
  "  case $previous in\n"
  "    --model)\n"
  "      words=$(\"\${COMP_WORDS[0]}\" models 2>/dev/null | cut -d ' ' -f 1)\n"
  "      COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
  "      return\n"
  "      ;;\n"
  "    --data | --evaluation | --svg | --html | --output | --profile-trace)\n"
  "      COMPREPLY=($(compgen -f -- \"$current\"))\n"
  "      return\n"
  "      ;;\n"
  "  esac\n"
  "  case \${COMP_WORDS[1]} in\n")
foreach(command IN LISTS all_commands)
  read_help(${command})
  list(APPEND page ".SS ${command}\n${description}.PP\n.RS 0\n${usage}\n.RE\n${entries}")
  if(example)
    list(APPEND page ".PP\nExample: foregraph ${example}\n")
  endif()
  list(JOIN options " " option_words)
  string(APPEND completion "    ${command}) words=\"${option_words}\" ;;\n")
endforeach()
string(APPEND completion
  "    *) words=\"${command_words} ${words}\" ;;\n"
  "  esac\n"
  "  if [[ $current != -* && \${COMP_WORDS[1]} == pack && $COMP_CWORD -gt 1 ]]; then\n"
  "    COMPREPLY=($(compgen -f -- \"$current\"))\n"
  "  else\n"
  "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
  "  fi\n"
  "}\n"
  "complete -o filenames -F _foregraph foregraph\n")

string(CONCAT page ${page} ${page_end})
foreach(name IN ITEMS page completion)
  string(REPLACE "<semicolon>" ";" ${name} "${${name}}")
  string(REPLACE "<left>" "[" ${name} "${${name}}")
  string(REPLACE "<right>" "]" ${name} "${${name}}")
endforeach()
file(WRITE ${man} "${page}")
file(WRITE ${bash} "${completion}")
